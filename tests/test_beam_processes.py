"""`inpaint beam` by several processes, one of them killed; files are those of fill."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from commands import (
    box,
    levels,
    only_line,
    read_picture,
    run,
    write_mask,
    write_picture,
)
from training_runs import environment

from inpaint.cli import fill

pytest.importorskip("apache_beam", reason="needs the extra beam")

PICTURES = 40
WORKER = b"apache_beam.runners.worker.sdk_worker_main"


def workers(parent):
    """The processes below another that fill."""
    found, parents = set(), {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                stat = (entry / "stat").read_text()
                line = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:  # it has ended
                continue
            parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
            if WORKER in line:
                found.add(int(entry.name))
    return sorted(x for x in found if parent in (parents[x], parents[parents[x]]))


def start(folder, weights):
    line = [sys.executable, "-m", "inpaint", "beam", "--flist", "list.txt"]
    line += ["--checkpoint_dir", str(weights), "--failed", "failed"]
    line += ["--direct_num_workers", "2"]
    return subprocess.Popen(
        line,
        cwd=folder,
        env=environment(TF_NUM_INTRAOP_THREADS="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(job):
    """(Exit code, standard output, standard error)."""
    try:
        output, errors = job.communicate(timeout=400)
    finally:
        job.kill()
    assert "Traceback" not in errors
    return job.returncode, output, errors


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="finds workers in /proc")
@pytest.mark.slow  # processes that fill
def test_a_worker_is_killed_and_the_job_started_again(
    tmp_path, monkeypatch, tiny_checkpoint
):
    outputs = tmp_path / "out"
    outputs.mkdir()
    write_mask(tmp_path / "mask.png", box())
    rows, pictures = [], {}
    for number in range(PICTURES):
        name = f"{number}.png"
        pictures[name] = levels() + np.uint8(number)
        write_picture(tmp_path / name, pictures[name])
        rows.append(f"{name} mask.png out/{name}")
    (tmp_path / "list.txt").write_text("\n".join(rows))

    job = start(tmp_path, tiny_checkpoint)
    try:
        end = time.monotonic() + 400
        while len(list(outputs.glob("*.png"))) < 4:
            assert job.poll() is None, job.communicate()
            assert time.monotonic() < end, "nothing is written"
            time.sleep(0.01)
        killed, other = workers(job.pid)
        os.kill(killed, signal.SIGKILL)
    except BaseException:
        job.kill()
        raise
    code, _, errors = ended(job)
    assert code == 1
    assert "a process of the job was lost" in only_line(errors)
    end = time.monotonic() + 60
    while os.path.exists(f"/proc/{other}"):
        assert time.monotonic() < end, "a worker is left"
        time.sleep(0.1)
    before = {path.name: path.stat().st_mtime_ns for path in outputs.glob("*.png")}
    assert 4 <= len(before) < PICTURES

    code, output, errors = ended(start(tmp_path, tiny_checkpoint))
    assert (code, errors) == (0, "")
    there, rest = len(before), PICTURES - len(before)
    assert f"{rest} of {PICTURES} pictures written, {there} there already" in output
    after = {path.name: path.stat().st_mtime_ns for path in outputs.glob("*.png")}
    assert sorted(after) == sorted(pictures)
    assert {name: after[name] for name in before} == before
    for name, picture in pictures.items():
        filled = read_picture(outputs / name)
        assert (filled == picture)[~box()].all()
        assert (filled != picture)[box()].any()

    some = [row.replace("out/", "fill_") for row in rows[::20]]
    (tmp_path / "some.txt").write_text("\n".join(some))
    monkeypatch.chdir(tmp_path)
    where = ("--checkpoint_dir", tiny_checkpoint)
    assert run(fill.main, "--flist", "some.txt", *where) == 0
    for name in list(pictures)[::20]:
        expected = (tmp_path / f"fill_{name}").read_bytes()
        assert (outputs / name).read_bytes() == expected
