"""Weights files that are not quite ours, and settings that train nothing."""

import json

import h5py
import numpy as np
import pytest

from inpaint import checkpoints
from inpaint.checkpoints import exports
from inpaint.errors import InputError
from inpaint.models import build_model
from inpaint.models.deepfill_v2 import DeepFillV2Generator


@pytest.fixture(scope="module")
def generator():
    return DeepFillV2Generator(base_filters=4)


@pytest.fixture
def path(generator, tmp_path):
    path = tmp_path / "small.weights.h5"
    generator.save_weights(path)
    return path


def refusal(function, *arguments):
    with pytest.raises(InputError) as caught:
        function(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("description", "complaint"),
    [
        ({"padding": "bogus"}, "padding must be same, symmetric, reflect, not 'bogus'"),
        ({"padding": 3}, "padding must be same, symmetric, reflect, not 3"),
        ({"padding": ["same"]}, "padding must be"),
        ([], "its 'inpaint' attribute describes no network"),
        ("same", "its 'inpaint' attribute describes no network"),
    ],
)
def test_a_foreign_description_is_one_line(path, description, complaint):
    with h5py.File(path, "r+") as file:
        file.attrs["inpaint"] = json.dumps(description)
    message = refusal(checkpoints.open_stored, path)
    assert message.startswith(f"{path}: ")
    assert complaint in message


def test_text_among_the_variables_is_one_line(path):
    with h5py.File(path, "r+") as file:
        file["notes"] = "trained in May"
    message = refusal(checkpoints.open_stored, path)
    assert message.startswith(f"{path}: notes: expected numbers")


def test_a_data_set_larger_than_its_file_is_not_read(path):
    with h5py.File(path, "r+") as file:
        file.create_dataset("huge", (10**6, 10**5), "f4", chunks=(1000, 1000))
    assert "huge [1000000, 100000] is larger" in refusal(checkpoints.open_stored, path)


@pytest.mark.parametrize(
    "text",
    [
        '{"padding": "bogus", "edge_threshold": 0.6}',
        '{"padding": "same", "edge_threshold": "0.6"}',
        '{"padding": "same", "edge_threshold": 2}',
        '{"padding": "same", "edge_threshold": true}',
        '{"padding": {}, "edge_threshold": 0.6}',
        '{"padding": "same"}',
        "[]",
        "[" * 100_000,
    ],
)
def test_a_foreign_export_is_one_line(tmp_path, text):
    (tmp_path / "assets.extra").mkdir()
    file = tmp_path / "assets.extra" / "inpaint.json"
    file.write_text(text)
    assert refusal(exports.describe, tmp_path).startswith(f"{file}: ")


def test_load_weights_can_skip_what_does_not_fit(path):
    wider = DeepFillV2Generator(base_filters=8)
    last = "inpaint_net/conv17/bias"  # three channels, however wide the network
    with h5py.File(path, "r+") as file:
        file[last][...] = [1.0, 2.0, 3.0]
    before = wider.variables_by_name()["inpaint_net/conv1/bias"].numpy()
    refusal(wider.load_weights, path)
    with pytest.warns(UserWarning, match=r"as they were: .*inpaint_net/conv1/kernel"):
        wider.load_weights(path, skip_mismatch=True)
    after = {name: v.numpy() for name, v in wider.variables_by_name().items()}
    np.testing.assert_array_equal(after[last], [1.0, 2.0, 3.0])
    np.testing.assert_array_equal(after["inpaint_net/conv1/bias"], before)


def test_load_weights_refuses_keras_other_arguments_in_words(generator, path):
    with pytest.raises(ValueError, match=r"`skip_mismatch` only\. Received: by_name"):
        generator.load_weights(path, by_name=True)


@pytest.mark.parametrize(
    "changes",
    [
        {"gan_loss_alpha": 0, "ae_loss": False},
        {"gan_loss_alpha": 0, "l1_loss_alpha": 0},
        {"model": "deepfill_v1", "pretrain_coarse_network": True}
        | {"l1_loss": False, "ae_loss": False},
        {"model": "deepfill_v1", "pretrain_coarse_network": True, "coarse_l1_alpha": 0},
        {"model": "deepfill_v1", "gan_loss_alpha": 0, "l1_loss": False}
        | {"ae_loss_alpha": 0},
    ],
)
def test_settings_without_a_loss_are_refused(changes):
    from inpaint import config

    small = {"base_filters": 4, "discriminator_filters": 4, "img_shapes": [32, 32, 3]}
    settings = config.from_dict({**small, **changes}, "a test")
    assert "no loss to train on" in refusal(build_model, settings)
