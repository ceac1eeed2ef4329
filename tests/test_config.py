"""inpaint.yml as users write it: what is read, what is refused and in which words."""

import dataclasses
import os
from pathlib import Path

import pytest
import yaml

from inpaint import config
from inpaint.config import Config
from inpaint.errors import InputError
from inpaint.models import registry

ROOT = Path(__file__).resolve().parent.parent


def written(folder, text):
    path = folder / "settings.yml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def message_of(function, *arguments):
    with pytest.raises(InputError) as caught:
        function(*arguments)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_the_defaults_are_those_of_version_2():
    original = {
        "num_gpus_per_job": 1,
        "num_cpus_per_job": 4,
        "num_hosts_per_job": 1,
        "memory_per_job": 32,
        "gpu_type": "nvidia-tesla-p100",
        "name": "places2_gated_conv_v100",
        "model_restore": "",
        "dataset": "celebahq",
        "random_crop": False,
        "val": False,
        "log_dir": "logs/full_model_celeba_hq_256",
        "gan": "sngan",
        "gan_loss_alpha": 1.0,
        "gan_with_mask": True,
        "discounted_mask": True,
        "random_seed": False,
        "padding": "SAME",
        "train_spe": 4000,
        "max_iters": 100000000,
        "viz_max_out": 10,
        "val_psteps": 2000,
        "static_view_size": 30,
        "img_shapes": (256, 256, 3),
        "height": 128,
        "width": 128,
        "max_delta_height": 32,
        "max_delta_width": 32,
        "batch_size": 16,
        "vertical_margin": 0,
        "horizontal_margin": 0,
        "ae_loss": True,
        "l1_loss": True,
        "l1_loss_alpha": 1.0,
        "guided": False,
        "edge_threshold": 0.6,
    }
    settings = dataclasses.asdict(Config())
    assert {key: settings[key] for key in original} == original
    assert settings["data_flist"]["celebahq"] == (
        "data/celeba_hq/train_shuffled.flist",
        "data/celeba_hq/validation_static_view.flist",
    )
    assert list(settings["data_flist"]) == ["celebahq", "celeba", "places2", "imagenet"]
    assert (settings["model"], settings["base_filters"]) == ("deepfill_v2", 48)


def test_the_shipped_file_says_every_key_with_its_default():
    path = ROOT / "inpaint.yml"
    assert config.load(path) == Config()
    assert set(yaml.safe_load(path.read_text(encoding="utf-8"))) == {
        field.name for field in dataclasses.fields(Config())
    }
    assert path.read_text(encoding="utf-8") == config.to_yaml(Config())


def test_every_key_has_a_comment():
    for model in registry.names():
        for field in dataclasses.fields(Config(model=model)):
            assert field.metadata["comment"], field.name


@pytest.mark.parametrize("text", ["", "\n", "# nothing yet\n", "---\n"])
def test_an_empty_file_is_all_defaults(tmp_path, text):
    assert config.load(written(tmp_path, text)) == Config()


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        ("batch_size: 4", "batch_size", 4),
        ("Batch_Size: 4", "batch_size", 4),
        ("gan_loss_alpha: 2", "gan_loss_alpha", 2.0),
        ("gan_loss_alpha: 1e-4", "gan_loss_alpha", 0.0001),
        ("gan_loss_alpha: 1.0e-4", "gan_loss_alpha", 0.0001),
        ("edge_threshold: '0.5'", "edge_threshold", 0.5),
        ("guided: True", "guided", True),
        ("guided: yes", "guided", True),
        ("random_seed: 7", "random_seed", 7),
        ("random_seed: 0", "random_seed", 0),
        ("random_seed: False", "random_seed", False),
        ("padding: SYMMETRIC", "padding", "SYMMETRIC"),
        ("padding: REFELECT", "padding", "REFLECT"),
        ("img_shapes: [512, 680, 3]", "img_shapes", (512, 680, 3)),
        ("base_filters: 8", "base_filters", 8),
        ("model_restore: ''", "model_restore", ""),
        ("name: Δoč", "name", "Δoč"),
        ("data_flist: {mine: [a, b]}", "data_flist", {"mine": ("a", "b")}),
    ],
)
def test_a_value_is_read(tmp_path, line, key, value):
    read = getattr(config.load(written(tmp_path, line)), key)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (
            "batch_size: many",
            "batch_size must be a whole number of at least 1, not 'many'",
        ),
        ("batch_size: 0", "batch_size must be a whole number of at least 1, not 0"),
        ("batch_size: 4.0", "batch_size must be a whole number of at least 1, not 4.0"),
        ("batch_size: true", "batch_size must be a whole number of at least 1, not"),
        ("batch_size:", "batch_size must be a whole number of at least 1, not None"),
        ("gan_loss_alpha: big", "gan_loss_alpha must be a number of at least 0, not"),
        ("gan_loss_alpha: -1", "gan_loss_alpha must be a number of at least 0, not -1"),
        ("gan_loss_alpha: .nan", "gan_loss_alpha must be a number of at least 0, not"),
        ("gan_loss_alpha: .inf", "gan_loss_alpha must be a number of at least 0, not"),
        ("gan_loss_alpha: true", "gan_loss_alpha must be a number of at least 0, not"),
        ("edge_threshold: 153", "edge_threshold must be a number from 0 to 1, not 153"),
        ("guided: 1", "guided must be true or false, not 1"),
        ("guided: 'True'", "guided must be true or false, not 'True'"),
        ("name: 2020", "name must be text, not 2020"),
        ("model_restore:", "model_restore must be text, not None"),
        ("random_seed: true", "random_seed must be false or a whole number from 0"),
        ("random_seed: 1.5", "random_seed must be false or a whole number from 0 to"),
        ("random_seed: -1", "random_seed must be false or a whole number from 0 to"),
        ("random_seed: 4294967296", "random_seed must be false or a whole number"),
        ("padding: same", "padding must be SAME, SYMMETRIC or REFLECT, not 'same'"),
        ("padding: [SAME]", "padding must be SAME, SYMMETRIC or REFLECT, not ['SAME']"),
        ("gan: dcgan", "gan must be sngan or wgan_gp, not 'dcgan'"),
        (
            "img_shapes: 256",
            "img_shapes must be [height, width, 3], at most 32768, not",
        ),
        ("img_shapes: [256, 256]", "img_shapes must be [height, width, 3]"),
        ("img_shapes: [256, 0, 3]", "img_shapes must be [height, width, 3]"),
        (
            "img_shapes: [32, 32, 4]",
            "img_shapes must be [height, width, 3], at most 32768, not",
        ),
        (
            "static_view_size: 0",
            "static_view_size must be a whole number of at least 1",
        ),
        ("img_shapes: [256, 1.5, 3]", "img_shapes must be [height, width, 3]"),
        (
            "base_filters: 6",
            "base_filters must be a whole number of at least 4 and at most 4096, "
            "divisible by 4, not 6",
        ),
        ("base_filters: 0", "base_filters must be a whole number of at least 4"),
        ("data_flist: train.flist", "data_flist must be DATASET: [training list, val"),
        ("data_flist: {mine: a}", "data_flist must be DATASET: [training list, val"),
        ("data_flist: {mine: [a]}", "data_flist must be DATASET: [training list, val"),
        ("data_flist: {1: [a, b]}", "data_flist must be DATASET: [training list, val"),
    ],
)
def test_a_value_of_another_kind_is_refused(tmp_path, line, complaint):
    path = written(tmp_path, line)
    assert message_of(config.load, path).startswith(f"{path}: {complaint}")


@pytest.mark.parametrize(
    ("line", "key", "nearest"),
    [
        ("batchsize: 4", "'batchsize'", "'batch_size'"),
        ("paddding: SAME", "'paddding'", "'padding'"),
        ("WGAN_GP_LAMDA: 10", "'WGAN_GP_LAMDA'", "'WGAN_GP_LAMBDA'"),
        ("NUM_GPU: 10", "'NUM_GPU'", "'NUM_GPUS'"),
        ("1: 2", "1", "'"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest(tmp_path, line, key, nearest):
    path = written(tmp_path, line)
    message = message_of(config.load, path)
    expected = f"{path}: unknown key {key}; the nearest known key is {nearest}"
    assert message.startswith(expected)


def test_a_key_in_two_spellings_is_refused(tmp_path):
    path = written(tmp_path, "batch_size: 4\nBATCH_SIZE: 8\n")
    expected = f"{path}: 'batch_size' and 'BATCH_SIZE' are one key"
    assert message_of(config.load, path) == expected


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("- batch_size\n", "must hold lines `key: value`, not ['batch_size']"),
        ("batch_size 4", "must hold lines `key: value`, not 'batch_size 4'"),
        ("val: True\nname: [a", "line 2: expected ',' or ']'"),
        ("val:\t- x: [", "line 1: found character '\\t'"),
        (
            "name: !!python/object:os.stat x",
            "line 1: could not determine a constructor",
        ),
        ("name: 2020-13-45", "month must be in 1..12"),
        (b"name: \xff\xfe", "unacceptable character #x00ff"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "unacceptable character #x0089"),
        ("? [batch_size]\n: 4", "line 1: found unhashable key"),
    ],
)
def test_a_file_that_holds_no_settings_is_refused(tmp_path, text, complaint):
    path = written(tmp_path, text)
    assert message_of(config.load, path).startswith(f"{path}: {complaint}")


def test_a_missing_file_is_named(tmp_path):
    path = tmp_path / "none.yml"
    assert message_of(config.load, path) == f"{path}: No such file or directory"
    assert message_of(config.load, str(tmp_path)) == f"{tmp_path}: Is a directory"


def test_a_config_made_in_python_is_checked_too():
    assert message_of(lambda: Config(batch_size=0)).startswith("batch_size must be")
    assert Config(img_shapes=[64, 64, 3]).img_shapes == (64, 64, 3)
    with pytest.raises(dataclasses.FrozenInstanceError):
        Config().batch_size = 4


class TestVersion1:
    """Upper-case files; the defaults are those of the release's own file."""

    def test_shared_keys_have_its_defaults(self):
        read = config.from_dict({"DATASET": "places2"}, "v1.yml")
        assert read.dataset == "places2"
        assert read.model == "deepfill_v1"
        assert read.base_filters == 32
        assert read.gan == "wgan_gp"
        assert read.gan_loss_alpha == 0.001
        assert read.gan_with_mask is False
        assert read.l1_loss_alpha == 1.2
        assert read.adam_beta2 == 0.9
        assert read.brush_strokes is False
        assert read.train_spe == 10000
        assert read.max_iters == 1000000
        assert read.val_psteps == 1000

    def test_its_own_keys_have_its_defaults(self):
        read = config.from_dict({"VAL": True}, "")
        assert read.pretrain_coarse_network is False
        assert read.wgan_gp_lambda == 10.0
        assert read.coarse_l1_alpha == 1.2
        assert read.ae_loss_alpha == 1.2
        assert read.discounted_mask is True
        assert read.grads_summary is False
        assert read.gradient_clip is False
        assert read.gradient_clip_value == 0.1
        assert read.global_dcgan_loss_alpha == 1.0
        assert read.global_wgan_loss_alpha == 1.0
        assert read.spatial_discounting_gamma == 0.9

    def test_a_file_like_the_release_s_is_read(self, tmp_path):
        text = """
            num_gpus_per_job: 1
            gpu_type: 'nvidia-tesla-p100'
            DATASET: 'imagenet'
            GAN: 'wgan_gp'
            GAN_LOSS_ALPHA: 0.0005
            NUM_GPUS: 2
            GPU_ID: [0, 1]
            TRAIN_SPE: 5000
            IMG_SHAPES: [128, 160, 3]
            LOAD_VGG_MODEL: False
            VGG_MODEL_FILE: data/vgg16.npz
            FEATURE_LOSS: False
            FEATURE_LOSS_ALPHA: 0.01
            GRAMS_LOSS: False
            GRAMS_LOSS_ALPHA: 50
            TV_LOSS: False
            TV_LOSS_ALPHA: 0.
        """
        read = config.load(written(tmp_path, text))
        assert read.gan_loss_alpha == 0.0005
        assert read.num_gpus_per_job == 2
        assert read.train_spe == 5000
        assert read.img_shapes == (128, 160, 3)
        assert read.max_iters == 1000000

    def test_another_model_has_its_own_defaults(self):
        read = config.from_dict({"MODEL": "deepfill_v2", "BATCH_SIZE": 2}, "v1.yml")
        assert read == Config(batch_size=2)

    @pytest.mark.parametrize("model", ["deepfill_v1", "deepfill_v1_baseline"])
    def test_its_model_has_its_defaults_in_lower_case_too(self, model):
        read = config.from_dict({"model": model, "batch_size": 2}, "v1.yml")
        upper = config.from_dict({"MODEL": model, "BATCH_SIZE": 2}, "v1.yml")
        assert read == upper
        assert (read.model, read.gan, read.base_filters) == (model, "wgan_gp", 32)

    def test_the_shipped_file_says_every_key(self):
        path = ROOT / "inpaint" / "config" / "presets" / "deepfill_v1.yml"
        shipped = config.load(path)
        own = {"name": shipped.name, "log_dir": shipped.log_dir}
        assert shipped == config.from_dict({"model": "deepfill_v1", **own}, "")
        assert path.read_text(encoding="utf-8") == config.to_yaml(shipped)

    def test_its_keys_are_its_own(self):
        message = message_of(config.from_dict, {"wgan_gp_lambda": 5}, "v2.yml")
        assert message == (
            "v2.yml: 'wgan_gp_lambda' is a setting of deepfill_v1 and "
            "deepfill_v1_baseline, not of deepfill_v2"
        )

    def test_files_that_held_every_models_keys_stay_good(self):
        older = {"wgan_gp_lambda": 10, "pretrain_coarse_network": False}
        assert config.from_dict(older, "v2.yml") == Config()


class TestOverride:
    @pytest.mark.parametrize(
        ("settings", "expected"),
        [
            ([], {}),
            (["batch_size=2"], {"batch_size": 2}),
            (["batch_size=2", "batch_size=3"], {"batch_size": 3}),
            (["val=true", "name=a=b"], {"val": True, "name": "a=b"}),
            (["gan_loss_alpha=1e-3"], {"gan_loss_alpha": 0.001}),
            (["img_shapes=[64, 96, 3]"], {"img_shapes": (64, 96, 3)}),
            (["data_flist={mine: [a, b]}"], {"data_flist": {"mine": ("a", "b")}}),
            (["name="], {"name": ""}),
            (["NUM_GPUS=2"], {"num_gpus_per_job": 2}),
            (["GPU_ID=0"], {}),
            (
                ["base_filters=8", "model=deepfill_v1", "wgan_gp_lambda=3"],
                {"model": "deepfill_v1", "base_filters": 8, "wgan_gp_lambda": 3.0},
            ),
        ],
    )
    def test_values_are_read_as_yaml(self, settings, expected):
        assert config.override(Config(), settings) == Config(**expected)

    def test_it_keeps_the_rest(self):
        before = Config(name="mine", gan_loss_alpha=0.5)
        after = config.override(before, ["BATCH_SIZE=2"])
        assert after == Config(name="mine", gan_loss_alpha=0.5, batch_size=2)
        assert before.batch_size == 16

    @pytest.mark.parametrize(
        ("setting", "complaint"),
        [
            ("batch_size", "'batch_size': must be key=value"),
            (
                "batchsize=4",
                "'batchsize=4': unknown key 'batchsize'; the nearest known",
            ),
            ("batch_size=x", "'batch_size=x': batch_size must be a whole number of at"),
            ("batch_size=", "'batch_size=': batch_size must be a whole number of at"),
            ("name=[a", "'name=[a': '[a' is not YAML"),
            ("=4", "'=4': unknown key ''; the nearest known key is"),
        ],
    )
    def test_errors_name_the_setting(self, setting, complaint):
        message = message_of(config.override, Config(), [setting])
        assert message.startswith(complaint)


class TestSave:
    @pytest.mark.parametrize(
        "settings",
        [
            {},
            {"name": "yes", "model_restore": "1e-4", "log_dir": "a # b: c"},
            {"name": "two\nlines", "log_dir": "Δoč", "gpu_type": 'it\'s "one"'},
            {"name": "word " * 100, "gan_loss_alpha": 1e-10, "random_seed": 3},
            {"data_flist": {}, "img_shapes": (8, 16, 3), "max_iters": 10**12},
            {"model": "deepfill_v1", "padding": "REFELECT", "gan": "wgan_gp"},
        ],
    )
    def test_what_is_saved_is_what_is_loaded(self, tmp_path, settings):
        path = tmp_path / "inpaint.yml"
        config.save(Config(**settings), path)
        assert config.load(path) == Config(**settings)
        assert os.listdir(tmp_path) == ["inpaint.yml"]

    def test_a_failed_save_leaves_the_old_file(self, tmp_path, monkeypatch):
        path = tmp_path / "inpaint.yml"
        config.save(Config(batch_size=2), path)

        def full(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "replace", full)
        message = message_of(config.save, Config(batch_size=3), path)
        assert message == f"{path}: No space left on device"
        assert config.load(path).batch_size == 2
        assert os.listdir(tmp_path) == ["inpaint.yml"]

    def test_a_missing_folder_is_named(self, tmp_path):
        path = tmp_path / "none" / "inpaint.yml"
        message = message_of(config.save, Config(), path)
        assert message == f"{path}: No such file or directory"
