"""inpaint.yml → `Config`: every setting of the original, its default, what it does.

Settings live here once; inpaint.yml is `to_yaml(Config())`. A further setting is one
more `_key` in `Config`: default, kind, comment. A Config checks its values when it is
made, so one that exists is valid.
"""

import dataclasses
import difflib
import os
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Union

import yaml

from inpaint.config import presets, strict_yaml, v1
from inpaint.config.kinds import (
    FLAG,
    LISTS,
    SEED,
    SHAPE,
    TEXT,
    number,
    one_of,
    shown,
    whole,
)
from inpaint.errors import InputError


def _key(default, kind, comment, section=None):
    metadata = {"kind": kind, "comment": comment, "section": section}
    if isinstance(default, dict):
        return dataclasses.field(default_factory=default.copy, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


# The original spells one of them REFELECT.
_PADDING = one_of("SAME", "SYMMETRIC", "REFLECT", misspelt={"REFELECT": "REFLECT"})

_DECAY = number(0, 0.999999)

_DATA_FLIST = {
    dataset: (
        f"data/{folder}/train_shuffled.flist",
        f"data/{folder}/validation_static_view.flist",
    )
    for dataset, folder in (
        ("celebahq", "celeba_hq"),
        ("celeba", "celeba"),
        ("places2", "places2"),
        ("imagenet", "imagenet"),
    )
}


@dataclass(frozen=True)
class Config:
    """The settings of a model and of its training, as in inpaint.yml.

    Raises:
      InputError: if a value is not of its key's kind; the message names the key.
    """

    model: str = _key(
        "deepfill_v2", TEXT, "the network: a name in inpaint/models", "Model"
    )
    base_filters: int = _key(48, whole(4, 4096, multiple=4), "all widths scale with it")
    guided: bool = _key(False, FLAG, "a sketch of edges is a further input")
    edge_threshold: float = _key(
        0.6, number(0, 1), "pixels of an edge picture above this are edges"
    )
    padding: str = _key(
        "SAME", _PADDING, "of every convolution: SAME (zeros), SYMMETRIC or REFLECT"
    )
    stride_padding: str = _key(
        "SAME",
        one_of("SAME", "SYMMETRIC"),
        "zeros of layers with strides: SAME (as released) or SYMMETRIC (as in PyTorch)",
    )
    attention_memory: int = _key(
        384, whole(1), "megabytes for the attention's scores when filling pictures"
    )
    discriminator_filters: int = _key(
        64, whole(1, 4096), "all the critic's widths scale"
    )
    spectral_norm: str = _key(
        "neuralgym",
        one_of("neuralgym", "addons"),
        "of the critic: neuralgym (as released) or addons (of tensorflow-addons)",
    )

    name: str = _key(
        "places2_gated_conv_v100", TEXT, "of the run, for your own record", "Training"
    )
    log_dir: str = _key(
        "logs/full_model_celeba_hq_256", TEXT, "checkpoints and summaries go here"
    )
    model_restore: str = _key("", TEXT, "checkpoint to start from; empty: none")
    random_seed: Union[bool, int] = _key(False, SEED, "makes a run repeatable")
    precision: str = _key(
        "float32",
        one_of("float32", "mixed_bfloat16"),
        "of the networks' layers; weights, attention and losses are float32",
    )
    num_gpus_per_job: int = _key(1, whole(0, 1024), "GPUs to train on")
    batch_size: int = _key(16, whole(1), "pictures in a batch, on each GPU")
    max_iters: int = _key(100000000, whole(1), "training stops after this many steps")
    learning_rate: float = _key(1e-4, number(0), "of Adam, for all networks")
    adam_beta1: float = _key(0.5, _DECAY, "decay of Adam's mean gradient")
    adam_beta2: float = _key(0.999, _DECAY, "decay of Adam's mean squared gradient")
    train_spe: int = _key(4000, whole(1), "steps from one checkpoint to the next")
    max_to_keep: int = _key(5, whole(1), "checkpoints; older ones are deleted")
    val_psteps: int = _key(2000, whole(1), "steps from one summary to the next")
    viz_max_out: int = _key(10, whole(0), "pictures in a summary, at most")
    val: bool = _key(False, FLAG, "show validation pictures in the summaries")
    static_view_size: int = _key(30, whole(1), "validation pictures to show")

    dataset: str = _key("celebahq", TEXT, "which entry of data_flist to use", "Data")
    data_flist: Mapping[str, tuple[str, str]] = _key(
        _DATA_FLIST,
        LISTS,
        "training and validation list of each dataset: one picture's path a line",
    )
    random_crop: bool = _key(False, FLAG, "cut img_shapes out; false: resize to it")
    img_shapes: tuple[int, int, int] = _key(
        (256, 256, 3), SHAPE, "height, width and channels"
    )
    num_cpus_per_job: int = _key(4, whole(1, 1024), "pictures read at the same time")
    skip_unreadable: bool = _key(
        False, FLAG, "the next picture stands in for a broken one; false: stop there"
    )

    height: int = _key(128, whole(1), "rows of the box, before it shrinks", "Masks")
    width: int = _key(128, whole(1), "columns of the box, before it shrinks")
    max_delta_height: int = _key(32, whole(0), "rows the box shrinks by, at most")
    max_delta_width: int = _key(32, whole(0), "columns the box shrinks by, at most")
    vertical_margin: int = _key(0, whole(0), "rows to the edge, at least")
    horizontal_margin: int = _key(0, whole(0), "columns to the edge, at least")
    brush_strokes: bool = _key(
        True, FLAG, "strokes beside the box; false (version 1): the box alone"
    )
    mask_per_sample: bool = _key(
        False, FLAG, "each picture has its own mask; false: one for the batch"
    )

    gan: str = _key(
        "sngan", one_of("sngan", "wgan_gp"), "sngan (version 2) or wgan_gp", "Losses"
    )
    gan_loss_alpha: float = _key(
        1.0, number(0), "weight of the adversarial loss; 0 (version 2): no critic"
    )
    gan_with_mask: bool = _key(True, FLAG, "the critic sees the mask too")
    ae_loss: bool = _key(True, FLAG, "l1 loss over all (version 1: outside the hole)")
    l1_loss: bool = _key(True, FLAG, "version 1: l1 loss around the hole")
    l1_loss_alpha: float = _key(
        1.0, number(0), "weight of ae_loss (version 1: l1_loss)"
    )

    pretrain_coarse_network: bool = _key(
        False, FLAG, "train the first stage only, without a critic", "Version 1 only"
    )
    coarse_l1_alpha: float = _key(1.2, number(0), "weight of the first stage's l1 loss")
    ae_loss_alpha: float = _key(1.2, number(0), "weight of ae_loss")
    discounted_mask: bool = _key(True, FLAG, "l1_loss weighs less deep in the hole")
    spatial_discounting_gamma: float = _key(
        0.9, number(0, 1), "factor a pixel from its rim"
    )
    wgan_gp_lambda: float = _key(10.0, number(0), "weight of the gradient penalty")
    global_wgan_loss_alpha: float = _key(1.0, number(0), "weight of the global critic")
    global_dcgan_loss_alpha: float = _key(1.0, number(0), "no effect with wgan_gp")
    gradient_clip: bool = _key(False, FLAG, "clip each gradient by its average norm")
    gradient_clip_value: float = _key(0.1, number(0), "the norm to clip to")
    grads_summary: bool = _key(False, FLAG, "summarise every gradient")

    num_hosts_per_job: int = _key(
        1, whole(1), "machines", "Notes for a scheduler, no effect"
    )
    memory_per_job: int = _key(32, whole(0), "gigabytes")
    gpu_type: str = _key("nvidia-tesla-p100", TEXT, "kind of GPU")

    def __post_init__(self):
        for field in dataclasses.fields(self):
            kind, given = field.metadata["kind"], getattr(self, field.name)
            value = kind.read(given)
            if value is None:
                raise InputError(
                    f"{field.name} must be {kind.expected}, not {shown(given)}"
                )
            object.__setattr__(self, field.name, value)


_NAMES = [field.name for field in dataclasses.fields(Config)]
_KNOWN = [*_NAMES, *v1.RENAMED, *sorted(v1.NO_EFFECT)]


def load(path):
    """The settings in a file; those that it leaves out have their defaults.

    Args:
      path: of the file, or the name of settings that come with the package, see
        `presets`.

    Raises:
      InputError: if the file cannot be read, or as `from_dict` does.
    """
    return from_dict(_content(path), source=path)


def keys_in(path):
    """The names of the settings that a file gives, its defaults left out.

    Raises:
      InputError: as `load`.
    """
    return set(_by_name(_content(path), path))


def _content(path):
    try:
        text = Path(presets.find(path)).read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a null character
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path}: {reason}") from None
    content = strict_yaml.read(text, path)
    return {} if content is None else content


def from_dict(mapping, source):
    """The settings in a mapping with version 2's keys, or version 1's in upper case.

    Upper-case keys tell a file of version 1: its model holds unless the file names
    another one. A model of version 1 brings version 1's defaults.

    Args:
      mapping: values by key, in any case.
      source: what error messages name, such as the file.

    Raises:
      InputError: if a key is unknown or given twice or a value is not of its kind.
    """
    if not isinstance(mapping, dict):
        raise InputError(
            f"{source}: must hold lines `key: value`, not {shown(mapping)}"
        )
    settings = _by_name(mapping, source)
    if any(str(key).isupper() for key in mapping):
        settings.setdefault("model", v1.MODEL)
    if settings.get("model") in v1.MODELS:
        settings = {**v1.DEFAULTS, **settings}
    with _naming(source):
        return Config(**settings)


def override(config, settings):
    """A Config with some values replaced.

    Args:
      config: a Config.
      settings: strings `key=value`, the value as in inpaint.yml; the last one counts.

    Raises:
      InputError: as `from_dict`, naming the string.
    """
    for setting in settings:
        key, separator, text = setting.partition("=")
        if not separator:
            raise InputError(f"{setting!r}: must be key=value")
        try:
            value = strict_yaml.read(text, repr(setting)) if text else ""
        except InputError:
            raise InputError(f"{setting!r}: {text!r} is not YAML") from None
        replaced = _by_name({key: value}, repr(setting))
        with _naming(repr(setting)):
            config = dataclasses.replace(config, **replaced)
    return config


def to_yaml(config):
    """All settings as the text of an inpaint.yml, with their comments."""
    blocks = []
    for field in dataclasses.fields(config):
        if field.metadata["section"]:
            blocks.append(f"\n# === {field.metadata['section']} ===\n")
        value, comment = getattr(config, field.name), field.metadata["comment"]
        text = yaml.safe_dump(
            {field.name: value},
            # None puts a list on one line, but would put a lone scalar in braces.
            default_flow_style=None if isinstance(value, (tuple, dict)) else False,
            width=float("inf"),
            allow_unicode=True,
            sort_keys=False,
        )
        if text.count("\n") == 1:
            blocks.append(f"{text[:-1]}  # {comment}\n")
        else:
            blocks.append(f"# {comment}\n{text}")
    return "".join(blocks).lstrip("\n")


def save(config, path):
    """Write `to_yaml(config)`; a reader finds the old file or the new one, whole.

    Raises:
      InputError: if it cannot be written.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(to_yaml(config), encoding="utf-8")
        os.replace(temporary, path)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    finally:
        temporary.unlink(missing_ok=True)


def _by_name(mapping, source):
    """The mapping with the keys' names in Config, without keys that have no effect."""
    spelt = {}
    for key in mapping:
        name = str(key).lower()
        if name not in _KNOWN:
            (nearest,) = difflib.get_close_matches(name, _KNOWN, n=1, cutoff=0)
            nearest = nearest.upper() if str(key).isupper() else nearest
            raise InputError(
                f"{source}: unknown key {key!r}; the nearest known key is {nearest!r}"
            )
        if name in spelt:
            raise InputError(f"{source}: {spelt[name]!r} and {key!r} are one key")
        spelt[name] = key
    settings = {name: mapping[key] for name, key in spelt.items()}
    for old, new in v1.RENAMED.items():
        if old in settings:
            settings[new] = settings.pop(old)
    return {k: v for k, v in settings.items() if k not in v1.NO_EFFECT}


@contextmanager
def _naming(source):
    try:
        yield
    except InputError as error:
        raise InputError(f"{source}: {error}") from None
