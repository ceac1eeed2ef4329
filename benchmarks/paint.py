"""How long `inpaint paint` takes from a stroke to the finished picture.

    python benchmarks/paint.py                    # 512×680
    python benchmarks/paint.py --size 1024x1024

With the weights that come with the package, asked as the page asks. Told are: from the
command to the page's address, from there to a network that is ready (while one opens a
photograph and paints), the first fill and the median of others, each from the request
to the whole file; and the peak memory of the process, beside that of `inpaint fill`.
"""

import argparse
import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

import fill
import machine

FILLS = 5
BORDER = "border"


def write_case(folder, height, width):
    """The paths of a photograph and a mask."""
    from inpaint.pictures import images

    image, mask = fill.case(height, width)
    paths = f"{folder}/photo.png", f"{folder}/mask.png"
    images.write_image(paths[0], image)
    images.write_image(paths[1], mask.astype("uint8") * 255)
    return paths


def form(mask):
    """(body, type) of what the page sends."""
    with open(mask, "rb") as file:
        content = file.read()
    name = 'Content-Disposition: form-data; name="{}"'
    lines = (
        f"--{BORDER}\r\n{name.format('choice')}\r\n\r\nbundled weights\r\n"
        f'--{BORDER}\r\n{name.format("mask")}; filename="mask.png"\r\n\r\n'
    )
    body = lines.encode() + content + f"\r\n--{BORDER}--\r\n".encode()
    return body, f"multipart/form-data; boundary={BORDER}"


def is_ready(url):
    with urllib.request.urlopen(f"{url}state") as answer:
        return json.load(answer)["choices"][0]["ready"]


def seconds_of_fill(url, body, kind):
    request = urllib.request.Request(
        f"{url}photographs/0/0/fill", body, {"Content-Type": kind}
    )
    start = time.perf_counter()
    with urllib.request.urlopen(request) as answer:
        answer.read()
    return time.perf_counter() - start


@contextlib.contextmanager
def page(photograph):
    """A process of the command and the page's address."""
    command = [sys.executable, "-m", "inpaint", "paint", photograph]
    command += ["--no-browser", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process, process.stdout.readline().split()[0]
        finally:
            process.send_signal(signal.SIGINT)


def peak_gb(process):
    """Peak resident memory of a process that runs, in GB (Linux)."""
    with open(f"/proc/{process.pid}/status") as file:
        (line,) = (x for x in file if x.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024 / 1e9


def peak_gb_of_fill(photograph, mask, folder):
    command = [sys.executable, "-m", "inpaint", "fill", photograph, mask]
    process = subprocess.Popen([*command, "-o", f"{folder}/filled.png"])
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0
    return usage.ru_maxrss * 1024 / 1e9


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=fill.size, default=(512, 680), metavar="HxW")
    height, width = parser.parse_args().size
    os.environ["PYTHONPATH"] = str(machine.ROOT)
    with tempfile.TemporaryDirectory() as folder:
        photograph, mask = write_case(folder, height, width)
        start = time.perf_counter()
        with page(photograph) as (process, url):
            up = time.perf_counter()
            while not is_ready(url):
                time.sleep(0.05)
            ready = time.perf_counter()
            times = [seconds_of_fill(url, *form(mask)) for _ in range(1 + FILLS)]
            peak = peak_gb(process)
        of_fill = peak_gb_of_fill(photograph, mask, folder)
    print(f"{height}×{width}")
    print(f"command to page   {up - start:6.2f} s")
    print(f"page to network   {ready - up:6.2f} s")
    print(f"first fill        {times[0]:6.2f} s")
    print(f"others, median    {statistics.median(times[1:]):6.2f} s")
    print(f"peak memory       {peak:6.2f} GB; of inpaint fill {of_fill:.2f} GB")


if __name__ == "__main__":
    main()
