"""What the commands share: exit codes, one line a message, quick help."""

import os
import warnings

import pytest
from commands import (
    ROOT,
    as_arguments,
    box,
    levels,
    only_line,
    read_picture,
    refused,
    run,
    run_script,
    telling_imports,
)

import inpaint
from inpaint import cli
from inpaint.cli import common, model
from inpaint.cli import test as command
from inpaint.errors import InputError, RunError

pytestmark = pytest.mark.usefixtures("eager")


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("by_config", [True, False])
def test_settings_that_cannot_be_read(flags, here, capsys, by_config):
    file = here / ("other.yml" if by_config else "inpaint.yml")
    file.write_text("gided: true")
    if by_config:
        flags["config"] = file
    line = refused(capsys, command.main, *as_arguments(flags))
    assert file.name in line
    assert "'guided'" in line


@pytest.mark.usefixtures("no_network")
def test_another_backend(flags, capsys):
    os.environ["KERAS_BACKEND"] = "jax"
    assert "KERAS_BACKEND is 'jax'" in refused(
        capsys, command.main, *as_arguments(flags)
    )


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["--image"],
        ["--image", "a", "--mask", "b", "--checkpoint_dir", "c", "--colour", "red"],
    ],
)
def test_arguments_that_do_not_parse(capsys, argv):
    assert run(command.main, *argv) == 2
    assert "error: " in only_line(capsys.readouterr().err)


def test_inpaint_lists_its_commands(capsys):
    assert run(cli.main, "--help") == 0
    output = capsys.readouterr().out
    assert all(f"  {name} " in output for name in cli.COMMANDS)


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_inpaint_hands_over(capsys, name):
    assert run(cli.main, name, "--help") == 0
    assert capsys.readouterr().out.startswith(f"usage: inpaint {name} ")


def test_inpaint_tells_its_version(capsys):
    assert run(cli.main, "--version") == 0
    assert capsys.readouterr().out == f"inpaint {inpaint.__version__}\n"


@pytest.mark.parametrize("argv", [[], ["repaint"]])
def test_inpaint_without_a_known_command(capsys, argv):
    assert run(cli.main, *argv) == 2
    assert only_line(capsys.readouterr().err).startswith("inpaint: error: ")


def ending(monkeypatch, error):
    def load(*_, **__):
        raise error

    monkeypatch.setattr(model, "load", load)


def test_interrupted(flags, capsys, monkeypatch):
    ending(monkeypatch, KeyboardInterrupt())
    assert run(command.main, *as_arguments(flags)) == 130
    assert capsys.readouterr().err == ""


def test_what_the_system_refuses_is_one_line(flags, capsys, monkeypatch):
    ending(monkeypatch, OSError(5, "Input/output error", "some/file"))
    assert refused(capsys, command.main, *as_arguments(flags)).endswith(
        "error: some/file: Input/output error"
    )


def test_our_own_errors_keep_their_traceback(flags, monkeypatch):
    ending(monkeypatch, RuntimeError("a fault of the program"))
    with pytest.raises(RuntimeError, match="a fault of the program"):
        run(command.main, *as_arguments(flags))


def out_of_memory(kind):
    import tensorflow as tf

    if kind == "tensorflow":
        raise tf.errors.ResourceExhaustedError(None, None, "OOM\nwhen allocating")
    try:
        raise MemoryError
    except MemoryError:
        if kind == "numpy":
            raise
        raise TypeError("Binding inputs to tf.function failed") from None


@pytest.mark.parametrize("kind", ["numpy", "tensorflow", "numpy in tensorflow"])
def test_a_picture_too_large_for_the_memory(flags, capsys, monkeypatch, kind):
    monkeypatch.setattr(
        model, "load", lambda *_, **__: lambda *_, **__: out_of_memory(kind)
    )
    line = refused(capsys, command.main, *as_arguments(flags))
    assert f"{flags['image']}: 43 × 37 pixels need more memory" in line


def test_warnings_are_one_line(capsys):
    def warn(_):
        warnings.warn("first\nsecond", stacklevel=1)

    assert common.run(common.Parser(prog="some.py"), warn, []) == 0
    assert capsys.readouterr().err == "some.py: warning: first second\n"


@pytest.mark.parametrize(("kind", "code"), [(InputError, 2), (RunError, 1)])
def test_errors_are_one_line(capsys, kind, code):
    def fail(_):
        raise kind("first\nsecond")

    assert common.run(common.Parser(prog="some.py"), fail, []) == code
    assert capsys.readouterr().err == "some.py: error: first second\n"


SCRIPTS = ["test", "batch_test", "guided_batch_test"]


@pytest.mark.parametrize("name", SCRIPTS)
def test_help_needs_neither_opencv_nor_tensorflow(here, name):
    done = run_script("-X", "importtime", ROOT / f"{name}.py", "--help", cwd=here)
    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: {name}.py ")
    imported = {line.split("|")[-1].strip() for line in done.stderr.splitlines()}
    assert "inpaint.cli" in imported
    assert not imported & {"tensorflow", "keras", "cv2", "numpy"}


def test_a_bad_picture_is_told_without_tensorflow(flags, here):
    flags["mask"] = here / "none.png"
    done = run_script(*telling_imports("test"), *as_arguments(flags), cwd=ROOT)
    assert done.returncode == 2
    assert "none.png" in only_line(done.stderr)
    imported = set(done.stdout.split())
    assert "cv2" in imported
    assert not imported & {"tensorflow", "keras"}


def test_script_from_another_folder(flags, here):
    done = run_script(ROOT / "test.py", *as_arguments(flags), cwd=here)
    assert (done.returncode, done.stderr) == (0, "")
    assert only_line(done.stdout).startswith(str(flags["output"]))
    assert (read_picture(flags["output"]) == levels())[~box()].all()


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
def test_nobody_reads_the_output(here):
    code = (
        "import sys\n"
        "from inpaint.cli import common\n"
        "def command(_): print('lost')\n"
        "sys.exit(common.run(common.Parser(prog='some.py'), command, []))"
    )
    source, sink = os.pipe()
    os.close(source)
    done = run_script("-c", code, cwd=ROOT, stdout=sink)
    os.close(sink)
    assert (done.returncode, done.stderr) == (141, "")
