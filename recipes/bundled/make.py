"""Makes the bundled weights from nothing: the pictures, then stage after stage.

    python recipes/bundled/make.py data/bundled
    python recipes/bundled/make.py data/bundled --first 21

Pictures, masks and the stages of stages.yml, each a training's folder, go to FOLDER.
Stopped with Ctrl-C and called again, it goes on where it was. `--first STAGE` begins
there, with the weights that come with the package. `python tools/bundle.py
FOLDER/STAGE` then puts a stage's weights into the package.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
INTERRUPTED = 130  # as a shell reports a process that SIGINT ended
PICTURES = {"photographs": 3000, "drawn": 3000, "texture": 1500}


def stages():
    """The stages of stages.yml, each with all that the ones before it have set."""
    found, settings, pictures = [], {}, ""
    for stage in yaml.safe_load((HERE / "stages.yml").read_text("utf-8")):
        settings = {**settings, **stage.get("set", {})}
        pictures = stage.get("pictures", pictures)
        found.append({**stage, "set": settings, "pictures": pictures})
    return found


def options(stage, folder):
    """A stage's arguments for train.py, but for the weights that it begins with."""
    settings = {**stage["set"], "log_dir": str(folder / str(stage["name"]))}
    if stage.get("holes"):
        settings["masks"] = str(holes(stage, folder))
    data = folder / "pictures" / "train"
    return [
        *("--config", "bundled", "--val_data", str(folder / "pictures" / "held_out")),
        *("--data", str(data / f"{stage['pictures']}*.png")),
        *(f"--set={key}={json.dumps(value)}" for key, value in settings.items()),
    ]


def holes(stage, folder):
    return folder / "".join(["holes", str(stage["set"]["img_shapes"][0]), *deep(stage)])


def deep(stage):
    """What holes.py is told of the kind of holes."""
    return ["--deep"] if stage["holes"] == "deep" else []


def run(script, *arguments):
    """Run a script of this checkout; where it fails, end with its exit code."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, str(ROOT / script), *map(str, arguments)]
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path}) as process:
        try:
            code = process.wait()
        except KeyboardInterrupt:  # the script has it too: a training saves
            code = process.wait()
    if code:
        raise SystemExit(code)


def once(folder, script, *arguments):
    """Have a script fill a folder, unless it has: under another name until it ends."""
    if not folder.exists():
        beginning = folder.with_name(f"{folder.name}.part")
        run(f"recipes/bundled/{script}.py", *arguments, beginning)
        beginning.rename(folder)


def finished(stage, log):
    return (log / f"snap-{stage['set']['max_iters']}.index").exists()


def train(stage, before, folder):
    """Run a stage to its end, from where it was if it has begun.

    A stage that is a script instead of a training is run once.
    """
    log = folder / str(stage["name"])
    if "script" in stage:
        data = ("--data", folder / "pictures" / "train")
        once(log, stage["script"], *data, before)
        return
    if finished(stage, log):
        return
    if stage.get("holes"):
        size = stage["set"]["img_shapes"][0]
        once(holes(stage, folder), "holes", f"--size={size}", *deep(stage))
    if (log / "checkpoint").exists():
        run("train.py", "--resume", log)
    else:
        if "widen" in stage:
            before = widened(stage, before, folder)
        start = [] if before is None else ["--init_from", before]
        run("train.py", *options(stage, folder), *start)
    if not finished(stage, log):  # a training that was stopped ends well
        raise SystemExit(INTERRUPTED)


def widened(stage, before, folder):
    """A checkpoint of a wider network that paints what the stage before does."""
    fresh, wide = (folder / f"{stage['name']}-{kind}" for kind in ("fresh", "wide"))
    width = f"--set=base_filters={stage['widen']}"
    data = ("--data", folder / "pictures" / "train")
    once(fresh, "copying_start", "--config=bundled", width, *data)
    once(wide, "widen", before, fresh)
    return wide


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="is made if it does not exist")
    parser.add_argument("--first", metavar="STAGE", help="begin there, from bundled")
    arguments = parser.parse_args()
    every = stages()
    names = [str(stage["name"]) for stage in every]
    if arguments.first not in (None, *names):
        parser.error(f"--first: expected one of {', '.join(names)}")
    folder = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    counts = [f"--{kind}={count}" for kind, count in PICTURES.items()]
    once(folder / "pictures", "pictures", *counts)
    begin = 0 if arguments.first is None else names.index(arguments.first)
    before = None if arguments.first is None else "deepfill_v2"
    for stage in every[begin:]:
        train(stage, before, folder)
        before = folder / str(stage["name"])


if __name__ == "__main__":
    main()
