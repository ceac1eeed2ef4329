"""--strategy of test.py and batch_test.py: what is chosen, told and refused."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from commands import (
    as_arguments,
    levels,
    listed,
    only_line,
    read_picture,
    refused,
    run,
    write_mask,
    write_picture,
)

from inpaint.cli import batch_test, interruptible, progress, test
from inpaint.strategies import Estimate

DEEP = 140, 240


@pytest.fixture
def deep(flags, monkeypatch):
    """`flags` of a picture with a hole 66 pixels deep, too deep for an exact fill."""
    monkeypatch.setattr("inpaint.strategies.choice.EXACT_DEPTH", 64)
    mask = np.zeros(DEEP, bool)
    mask[4:136, 24:156] = True
    write_picture(flags["image"], levels(*DEEP))
    write_mask(flags["mask"], mask)
    return flags


def filled(flags):
    assert run(test.main, *as_arguments(flags)) == 0
    return read_picture(flags["output"])


def test_what_was_chosen_and_why_is_one_line(deep, capsys):
    completed = filled(deep)
    known = np.ones(DEEP, bool)
    known[4:136, 24:156] = False
    assert (completed == levels(*DEEP))[known].all()
    errors = only_line(capsys.readouterr().err)
    assert errors.endswith(
        f": note: {deep['image']}: filled by residual at 1/2 of the size: the hole is "
        "66 pixels deep, the network paints 64"
    )


def test_exact_is_warned_of_a_deep_hole(deep, capsys):
    deep["strategy"] = "exact"
    filled(deep)
    errors = only_line(capsys.readouterr().err)
    assert ": warning: " in errors
    assert "the hole is 66 pixels deep, the network paints 64" in errors


def test_the_setting_counts_and_the_argument_goes_before_it(deep, here, capsys):
    (here / "inpaint.yml").write_text("strategy: scaled\n")
    scaled = filled(deep)
    assert "filled by scaled at 1/2 of the size: as asked" in capsys.readouterr().err
    deep["strategy"] = "residual"
    assert (filled(deep) != scaled).any()
    assert "filled by residual" in capsys.readouterr().err


@pytest.mark.usefixtures("no_network")
def test_an_unknown_strategy_is_refused(flags, capsys):
    flags["strategy"] = "best"
    line = refused(capsys, test.main, *as_arguments(flags))
    assert line.endswith(
        "--strategy must be auto, exact, windows, scaled or residual, not 'best'"
    )


@pytest.mark.usefixtures("no_network")
def test_attention_is_of_exact(flags, capsys):
    flags.update(strategy="residual", attention="attention.png")
    line = refused(capsys, test.main, *as_arguments(flags))
    assert line.endswith("--attention: of the strategy exact alone, not residual")


def test_a_list_tells_it_of_each_picture(deep, capsys):
    listed("image.png mask.png out.png")
    flags = {"flist": "list.flist", "checkpoint_dir": deep["checkpoint_dir"]}
    assert run(batch_test.main, *as_arguments(flags)) == 0
    errors = only_line(capsys.readouterr().err)
    assert "note: list.flist: line 1: image.png: filled by residual" in errors


def test_ctrl_c_writes_nothing(deep, monkeypatch):
    def interrupted(self, done, steps):
        raise KeyboardInterrupt

    monkeypatch.setattr(progress.Steps, "__call__", interrupted)
    before = sorted(os.listdir())
    assert run(test.main, *as_arguments(deep)) == 130
    assert sorted(os.listdir()) == before


@pytest.fixture
def bar(monkeypatch):
    """Steps on a terminal, of a fill whose four steps take so many seconds each."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "perf_counter", lambda: now[0])

    def run_steps(seconds):
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        steps = progress.Steps()
        for done in range(5):
            steps(done, 4)
            now[0] += seconds

    return run_steps


def test_a_long_fill_has_a_bar(bar, capsys):
    bar(3.0)
    assert "4/4" in capsys.readouterr().out


def test_a_short_fill_has_none(bar, capsys):
    bar(2.0)
    assert capsys.readouterr().out == ""


def test_a_long_fill_is_estimated_before(deep, capsys, monkeypatch):
    monkeypatch.setattr(
        "inpaint.inference.Inpainter.estimate", lambda *_: Estimate(23.4, 1.26)
    )
    filled(deep)
    errors = only_line(capsys.readouterr().err)
    assert errors.endswith("the network paints 64; about 23 s, 1.3 GB")


class TestInterruptible:
    def test_results_and_errors_are_the_calls(self):
        assert interruptible.call(divmod, 7, 2) == (3, 1)
        with pytest.raises(ZeroDivisionError):
            interruptible.call(divmod, 7, 0)

    def test_ctrl_c_ends_a_command_whose_fill_does_not_listen(self, tmp_path):
        """A call into a library that holds no signal up for a minute."""
        program = (
            "import sys, threading\n"
            "from inpaint.cli import common, interruptible\n"
            "def command(args):\n"
            "    print('begun', flush=True)\n"
            "    interruptible.call(threading.Event().wait, 60)\n"
            "sys.exit(common.run(common.Parser(prog='x'), command, []))\n"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=40) == 130  # 2 seconds on a machine that is idle
