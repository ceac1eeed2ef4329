"""Mutated settings through train.py: it begins, or says one line and leaves nothing."""

import contextlib
import io
import random
import shutil
import time
import tracemalloc

from commands import run
from train_stub import Trained
from training_runs import make_pictures

from fuzz.mutations import mutated
from inpaint.cli import train

SETTINGS = """\
# A run.
model: deepfill_v2
base_filters: 16
guided: false
img_shapes: [128, 128, 3]
random_seed: 1
learning_rate: 1e-4
padding: SAME
data_flist: &lists
  celebahq: [train.flist, views.flist]
  mine: [train.flist, "views.flist"]
gan_loss_alpha: 0.5
name: 'two words'
"""
FILES = (SETTINGS, SETTINGS.upper())

SECONDS = 5.0  # of a case, of the processor's time
MEMORY = 100  # times the file's size, above what a command needs
COMMAND = 8 << 20  # bytes


def test_mutated_settings(here, monkeypatch, fuzz_cases):
    trained = Trained(monkeypatch)
    pictures = make_pictures(here / "pictures", count=1)
    flags = ["--config", "settings.yml", "--data", pictures, "--set", "log_dir=run"]
    flags += ["--set", "val=false", "--set", "guided=false"]
    (here / "settings.yml").write_text(SETTINGS)
    assert run(train.main, *flags) == 0  # imports what takes its time
    shutil.rmtree(here / "run")
    trained.configs.clear()
    codes = []
    for case in range(fuzz_cases):
        text = mutated(FILES[case % 2].encode(), random.Random(case))
        (here / "settings.yml").write_bytes(text)
        output, errors = io.StringIO(), io.StringIO()
        begun = time.process_time()
        tracemalloc.start()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
            codes.append(run(train.main, *flags))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert time.process_time() - begun < SECONDS, case
        assert peak < COMMAND + MEMORY * len(text), case
        if codes[-1]:
            assert codes[-1] == 2, case
            assert len(errors.getvalue().splitlines()) == 1, (case, errors.getvalue())
            assert sorted(x.name for x in here.iterdir()) == [
                "pictures",
                "settings.yml",
            ]
        else:
            (here / "run" / "config.yml").unlink()
            (here / "run").rmdir()
    assert codes.count(0) == len(trained.configs)
    assert 0 < codes.count(0) < len(codes)  # else the mutations test nothing
