"""`inpaint models`, and weights by name."""

import re

import numpy as np
import pytest
from commands import run

from inpaint import checkpoints
from inpaint.cli import models
from inpaint.errors import InputError
from inpaint.models import registry
from inpaint.weights import bundled, elsewhere


def test_the_list(here, capsys):
    assert run(models.main) == 0
    lines = capsys.readouterr().out.splitlines()
    assert re.match(r"  deepfill_v2 +\d\.\d MB  Apache-2\.0 ", lines[1])
    assert re.match(r"  deepfill_v2_texture +\d\.\d MB  Apache-2\.0 ", lines[2])
    release = next(line for line in lines if "the release, Places2" in line)
    assert " 16.2 MB  CC BY-NC 4.0 " in release  # 4,052,478 values of 4 bytes
    assert all(
        name in registry.names() for name in (x.network for x in elsewhere.WEIGHTS)
    )


def test_a_name_is_the_bundled_weights(here):
    by_name, default = checkpoints.open_stored("deepfill_v2"), checkpoints.open_stored()
    assert by_name.source == default.source == bundled.path()
    first = next(iter(default.shapes))
    np.testing.assert_array_equal(by_name.get(first), default.get(first))


def test_a_folder_goes_before_a_name(here):
    (here / "deepfill_v2").mkdir()
    with pytest.raises(InputError, match="no checkpoint here"):
        checkpoints.open_stored("deepfill_v2")
