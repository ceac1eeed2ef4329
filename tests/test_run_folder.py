import os
import signal

import pytest

from inpaint.cli import run_folder


def start_of_a_training(log_dir, happens):
    with run_folder.made(log_dir, False), run_folder.ended_by_sigterm():
        happens(log_dir)


def told_to_end(log_dir):
    assert log_dir.is_dir()
    os.kill(os.getpid(), signal.SIGTERM)
    signal.pause()


def test_folders_that_were_made_go_again_on_sigterm(tmp_path):
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as caught:
        start_of_a_training(tmp_path / "logs" / "a", told_to_end)
    assert caught.value.code == 143
    assert os.listdir(tmp_path) == []
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_folder_with_a_file_stays(tmp_path):
    def written_then_failed(log_dir):
        (log_dir / "b").touch()
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        start_of_a_training(tmp_path / "a", written_then_failed)
    assert os.listdir(tmp_path / "a") == ["b"]
