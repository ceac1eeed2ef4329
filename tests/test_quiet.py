"""The reason of a crash inside a library's import is told; its chatter is not."""

import subprocess
import sys

import pytest
from commands import ROOT, run_script

START = """
import os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
from inpaint.cli.quiet import Quiet, quiet_imports
from inpaint.errors import InputError
"""


def said(code):
    """(exit code, standard error) of a program."""
    done = run_script("-c", START + code, cwd=ROOT)
    return done.returncode, done.stderr


NOISE = "os.write(2, b'the reason\\n')"


def test_nothing_of_what_goes_well():
    code = f"with Quiet(), quiet_imports(): {NOISE}; print('ours', file=sys.stderr)"
    assert said(code) == (0, "ours\n")


def test_standard_error_is_as_it_was():
    code = f"with Quiet(): pass\n{NOISE}; print('ours', file=sys.stderr)"
    assert said(code) == (0, "the reason\nours\n")


@pytest.mark.parametrize("context", ["Quiet()", "quiet_imports()", "Quiet(), Quiet()"])
def test_the_reason_of_an_abort(context):
    code = f"with {context}: {NOISE}; os.abort()"
    end, errors = said(code)
    assert end == -6
    assert errors == "the reason\n"


def test_the_reason_of_an_exception():
    end, errors = said(f"with quiet_imports(): {NOISE}; import nothing_there")
    assert end == 1
    assert errors.startswith("the reason\n")
    assert "No module named 'nothing_there'" in errors


@pytest.mark.parametrize("error", ["InputError('x')", "KeyboardInterrupt()"])
def test_what_ends_a_command_is_a_line_of_its_own(error):
    code = f"try:\n  with Quiet(): {NOISE}; raise {error}\nexcept BaseException: pass"
    assert said(code) == (0, "")


def test_only_the_last_lines():
    code = "with Quiet(): os.write(2, b'x\\n' * 10000); os.abort()"
    assert said(code) == (-6, "x\n" * 40)


def test_tensorflow_that_aborts(here):
    """As without AVX, or with a broken CUDA."""
    (here / "tensorflow").mkdir()
    (here / "tensorflow" / "__init__.py").write_text(
        f"import os\n{NOISE}\nos.abort()\n"
    )
    from commands import write_mask, write_picture

    write_picture(here / "a.png")
    write_mask(here / "b.png")
    code = f"import sys; sys.path[:0] = [{str(here)!r}, {str(ROOT)!r}]\n"
    code += "from inpaint import cli; cli.main(sys.argv[1:])"
    done = run_script(
        "-c", code, "test", "--image", "a.png", "--mask", "b.png", cwd=here
    )
    assert (done.returncode, done.stderr) == (-6, "the reason\n")


def test_a_machine_without_tail():
    code = (
        f"os.environ['PATH'] = ''\nwith Quiet(): {NOISE}; print('x', file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", START + code], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "x\n")
