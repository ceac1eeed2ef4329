import os
import signal

import pytest

from inpaint.cli import run_folder
from inpaint.errors import InputError


def test_folders_that_were_made_go_again_on_sigterm(tmp_path):
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as caught:
        with run_folder.made(tmp_path / "logs" / "a", False):
            assert (tmp_path / "logs" / "a").is_dir()
            with run_folder.ended_by_sigterm():
                os.kill(os.getpid(), signal.SIGTERM)
                signal.pause()
    assert caught.value.code == 143
    assert os.listdir(tmp_path) == []
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_folder_with_a_file_stays(tmp_path):
    with pytest.raises(InputError), run_folder.made(tmp_path / "a", False):
        (tmp_path / "a" / "b").touch()
        raise InputError("one line")
    assert os.listdir(tmp_path / "a") == ["b"]
