"""Puts examples/stand_in.py within reach and keeps TensorFlow's notes out of sight."""

import gc
import os
import signal
import sys
from pathlib import Path
from unittest import mock

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
gc.set_threshold(50_000, 20, 100)  # what tracing makes is kept, and not worth searching
if "PYTEST_XDIST_WORKER" in os.environ:  # the other cores have tests of their own
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # begun in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "examples"))


# Of half a minute or more, the longest first: begun last, one would run on alone.
LONGEST = (
    "test_serving",
    "test_contract",
    "test_train_workers",
    "test_cropped",
    "test_trainer",
    "test_inference",
    "test_steps",
    "test_beam_processes",
    "test_portable",
    "test_one_channel",
    "test_v1_commands",
    "test_train_resume",
    "test_old_files",
    "test_golden_training",
)


def pytest_addoption(parser):
    parser.addoption(
        "--fuzz",
        type=int,
        default=100,
        metavar="N",
        help="mutated files of each kind in tests/fuzz (default: 100)",
    )


@pytest.fixture(scope="session")
def fuzz_cases(pytestconfig):
    """How many mutated files of each kind a test of tests/fuzz tries: --fuzz."""
    return pytestconfig.getoption("--fuzz")


def pytest_configure(config):
    config.option.loadscopereorder = False  # of xdist: by number, which is not time


def pytest_collection_modifyitems(items):
    rank = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(group_of(item.nodeid), len(LONGEST)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """A group's tests go to one worker, which makes what they share once.

    Not by `--dist loadgroup`: xdist 3.8 notes groups where pytest 9.2 does not look.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Groups(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return group_of(nodeid)

    return Groups(config, log)


def group_of(nodeid):
    """A file's tests are one, those of the small exports too."""
    name = Path(nodeid.partition("::")[0]).stem
    exports = name.startswith("test_serving") or name == "test_cli_export"
    return "test_serving" if exports else name


@pytest.fixture(scope="session")
def small_exports(tmp_path_factory):
    """Small networks, exported and served: see small_exports.py."""
    from small_exports import SmallExports

    exports = SmallExports(tmp_path_factory.mktemp("exports"))
    yield exports
    exports.close()


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The current folder, empty; what a test does to the environment is undone."""
    monkeypatch.chdir(tmp_path)
    with mock.patch.dict(os.environ):
        yield tmp_path


@pytest.fixture
def eager():
    """Without graphs: for tests of what is computed, or told, and not of how."""
    from eager import eagerly

    with eagerly():
        yield


@pytest.fixture
def no_network(monkeypatch):
    """A command that goes on to load the network fails the test."""

    def load(*_, **__):
        raise AssertionError("the network was loaded")

    monkeypatch.setattr("inpaint.cli.model.load", load)


@pytest.fixture
def quick_network(monkeypatch):
    """A network that inverts the hole, instead of the checkpoint's."""
    from commands import invert

    monkeypatch.setattr("inpaint.cli.model.load", lambda *_, **__: invert)


@pytest.fixture
def flags(here, tiny_checkpoint):
    """Flags of test.py that work, by name; a test changes what it is about."""
    from commands import write_mask, write_picture

    return {
        "image": write_picture(here / "image.png"),
        "mask": write_mask(here / "mask.png"),
        "output": here / "out.png",
        "checkpoint_dir": tiny_checkpoint,
    }


@pytest.fixture
def two_pictures(here):
    """The folder with a.png, b.png, their NAME_mask.png and NAME_edge.jpg."""
    from commands import box, levels, write_mask, write_picture

    for name, size in (("a", (37, 43)), ("b", (30, 48))):
        write_picture(here / f"{name}.png", levels(*size))
        write_mask(here / f"{name}_mask.png", box(*size))
        write_mask(here / f"{name}_edge.jpg", levels(*size)[..., 0] > 100)
    return here


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory):
    """Folder with a checkpoint of the release's format, 8 base filters wide."""
    return _checkpoint(tmp_path_factory.mktemp("tiny"), guided=False)


@pytest.fixture(scope="session")
def tiny_guided_checkpoint(tmp_path_factory):
    """The same of a guided network."""
    return _checkpoint(tmp_path_factory.mktemp("tiny_guided"), guided=True)


def _checkpoint(folder, guided):
    import release  # imports TensorFlow, which not all tests need

    shapes = release.generator_shapes(base_filters=8, guided=guided)
    return release.write(folder, release.values(shapes))
