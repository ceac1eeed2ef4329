"""inpaint.yml → `Config`: every setting, its default, what it does.

The settings of a run live here once; those of a model beside the model, in
`inpaint/models/settings`. A Config has both: `Config(model="deepfill_v1")` is of the
subclass that `class_of("deepfill_v1")` makes. inpaint.yml is `to_yaml(Config())`. A
further setting is one more `key`: default, kind, comment. A Config checks its values
when it is made, so one that exists is valid.
"""

import dataclasses
import difflib
import functools
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
    key,
    number,
    one_of,
    shown,
    whole,
)
from inpaint.errors import InputError
from inpaint.files import atomic_file
from inpaint.models import registry

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

    Made with `model="NAME"` it has that model's settings too, and its defaults.

    Raises:
      InputError: if there is no such model, or a value is not of its key's kind; the
        message names the key.
    """

    def __new__(cls, *_, **values):
        made = class_of(values.get("model", "deepfill_v2")) if cls is Config else cls
        return object.__new__(made)

    model: str = key(
        "deepfill_v2", TEXT, "the network: a name in inpaint/models", "Model"
    )
    guided: bool = key(False, FLAG, "a sketch of edges is a further input")
    edge_threshold: float = key(
        0.6, number(0, 1), "pixels of an edge picture above this are edges"
    )
    attention_memory: int = key(
        384, whole(1), "megabytes for the attention's scores when filling pictures"
    )
    postprocess: bool = key(
        False, FLAG, "filled pictures: Poisson blending fits the hole to its rim"
    )
    strategy: str = key(
        "auto",
        one_of("auto", "exact", "windows", "scaled", "residual"),
        "of filling pictures: auto, exact, windows, scaled or residual",
    )
    context: int = key(
        32, whole(0, 4096), "pixels that a strategy's windows see around holes, or more"
    )

    name: str = key(
        "places2_gated_conv_v100", TEXT, "of the run, for your own record", "Training"
    )
    log_dir: str = key(
        "logs/full_model_celeba_hq_256", TEXT, "checkpoints and summaries go here"
    )
    model_restore: str = key("", TEXT, "checkpoint to start from; empty: none")
    random_seed: Union[bool, int] = key(False, SEED, "makes a run repeatable")
    precision: str = key(
        "float32",
        one_of("float32", "mixed_bfloat16"),
        "of the networks' layers; weights, attention and losses are float32",
    )
    num_gpus_per_job: int = key(1, whole(0, 1024), "GPUs to train on")
    batch_size: int = key(16, whole(1), "pictures in a batch, on each GPU")
    max_iters: int = key(100000000, whole(1), "training stops after this many steps")
    learning_rate: float = key(1e-4, number(0), "of the model's optimizers")
    train_spe: int = key(4000, whole(1), "steps from one checkpoint to the next")
    max_to_keep: int = key(5, whole(1), "checkpoints; older ones are deleted")
    val_psteps: int = key(2000, whole(1), "steps from one summary to the next")
    viz_max_out: int = key(10, whole(0), "pictures in a summary, at most")
    val: bool = key(False, FLAG, "show validation pictures in the summaries")
    static_view_size: int = key(30, whole(1), "validation pictures to show")

    dataset: str = key("celebahq", TEXT, "which entry of data_flist to use", "Data")
    data_flist: Mapping[str, tuple[str, str]] = key(
        _DATA_FLIST,
        LISTS,
        "training and validation list of each dataset: one picture's path a line",
    )
    random_crop: bool = key(False, FLAG, "cut img_shapes out; false: resize to it")
    img_shapes: tuple[int, int, int] = key(
        (256, 256, 3), SHAPE, "height, width and channels"
    )
    max_pixels: int = key(
        100000000, whole(1), "of a picture file: one of more is not decoded"
    )
    num_cpus_per_job: int = key(4, whole(1, 1024), "pictures read at the same time")
    skip_unreadable: bool = key(
        False, FLAG, "the next picture stands in for a broken one; false: stop there"
    )

    height: int = key(128, whole(1), "rows of the box, before it shrinks", "Masks")
    width: int = key(128, whole(1), "columns of the box, before it shrinks")
    max_delta_height: int = key(32, whole(0), "rows the box shrinks by, at most")
    max_delta_width: int = key(32, whole(0), "columns the box shrinks by, at most")
    vertical_margin: int = key(0, whole(0), "rows to the edge, at least")
    horizontal_margin: int = key(0, whole(0), "columns to the edge, at least")
    brush_strokes: bool = key(
        True, FLAG, "strokes beside the box; false (version 1): the box alone"
    )
    mask_per_sample: bool = key(
        False, FLAG, "each picture has its own mask; false: one for the batch"
    )
    masks: str = key(
        "release",
        TEXT,
        "how holes are drawn: release (the box and strokes above), a name in "
        "inpaint/masks, or a folder of masks",
    )

    gradient_clip: bool = key(
        False, FLAG, "clip each gradient by its average norm", "Gradients"
    )
    gradient_clip_value: float = key(0.1, number(0), "the norm to clip to")
    grads_summary: bool = key(False, FLAG, "summarise every gradient")

    num_hosts_per_job: int = key(
        1, whole(1), "machines", "Notes for a scheduler, no effect"
    )
    memory_per_job: int = key(32, whole(0), "gigabytes")
    gpu_type: str = key("nvidia-tesla-p100", TEXT, "kind of GPU")

    def __post_init__(self):
        for field in dataclasses.fields(self):
            kind, given = field.metadata["kind"], getattr(self, field.name)
            value = kind.read(given)
            if value is None:
                raise InputError(
                    f"{field.name} must be {kind.expected}, not {shown(given)}"
                )
            object.__setattr__(self, field.name, value)


_RUN = {field.name for field in dataclasses.fields(Config)}


def class_of(model):
    """The subclass of `Config` that has a model's settings too.

    Raises:
      InputError: if no model has that name, or takes a key of the run for its own.
    """
    if not isinstance(model, str):
        raise InputError(f"model must be {TEXT.expected}, not {model!r}")
    return _class_of(model, registry.settings(model))


@functools.cache
def _class_of(model, settings):
    own = {field.name for field in dataclasses.fields(settings)}
    taken = sorted(own & _RUN)
    if taken:
        raise InputError(f"{model}: {', '.join(taken)}: settings of every run already")
    # The run's fields again, with the defaults that the model changes.
    changed = {"model": model, **settings.defaults}
    fields = [
        (
            field.name,
            field.type,
            key(**{**field.metadata, "default": changed[field.name]}),
        )
        for field in dataclasses.fields(Config)
        if field.name in changed
    ]
    return dataclasses.make_dataclass(
        "Config", fields, bases=(settings, Config), frozen=True
    )


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
    content = _content(path)
    return set(_by_name(content, type(from_dict(content, path)), path))


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
    another one. A model brings its own settings and defaults. Settings of another model
    are an error, but for those that are there what they are by default: files that held
    the settings of all models stay good.

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
    spelt = {str(key).lower(): value for key, value in mapping.items()}
    upper = any(str(key).isupper() for key in mapping)
    with _naming(source):
        cls = class_of(spelt.get("model", v1.MODEL if upper else "deepfill_v2"))
    settings = _by_name(mapping, cls, source)
    with _naming(source):
        return cls(**settings)


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
        if key.lower() == "model":
            config = _of_model(config, value, repr(setting))
            continue
        replaced = _by_name({key: value}, type(config), repr(setting))
        with _naming(repr(setting)):
            config = dataclasses.replace(config, **replaced)
    return config


def _of_model(config, model, source):
    """A Config of another model: what differs from the defaults stays."""
    with _naming(source):
        cls = class_of(model)
    ours = {field.name for field in dataclasses.fields(cls)}
    defaults = type(config)()
    kept = {
        field.name: getattr(config, field.name)
        for field in dataclasses.fields(config)
        if field.name in ours
        and getattr(config, field.name) != getattr(defaults, field.name)
    }
    with _naming(source):
        return cls(**{**kept, "model": model})


def to_yaml(config):
    """All settings as the text of an inpaint.yml, with their comments."""
    blocks = []
    fields = {field.name: field for field in dataclasses.fields(config)}
    run = [field for name, field in fields.items() if name in _RUN]
    own = [field for name, field in fields.items() if name not in _RUN]
    for field in run + own:
        if field.metadata["section"]:
            blocks.append(f"\n# === {field.metadata['section']} ===\n")
        if own and field is own[0]:
            blocks.append(f"\n# === Of {config.model} ===\n")
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
    try:
        with atomic_file(path) as part:
            Path(part).write_text(to_yaml(config), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None


def _by_name(mapping, cls, source):
    """The mapping with the keys' names in a Config, without keys of no effect."""
    known = [field.name for field in dataclasses.fields(cls)]
    known += [*v1.RENAMED, *sorted(v1.NO_EFFECT)]
    spelt, idle = {}, set(v1.NO_EFFECT)
    for given, value in mapping.items():
        name = str(given).lower()
        if name not in known:
            if not _is_default_elsewhere(name, value, cls, given, source):
                _refuse(name, given, known, source)
            idle.add(name)
        if name in spelt:
            raise InputError(f"{source}: {spelt[name]!r} and {given!r} are one key")
        spelt[name] = given
    settings = {name: mapping[given] for name, given in spelt.items()}
    for old, new in v1.RENAMED.items():
        if old in settings:
            settings[new] = settings.pop(old)
    return {k: v for k, v in settings.items() if k not in idle}


def _is_default_elsewhere(name, value, cls, given, source):
    """Whether a key is another model's, at its default there.

    Raises:
      InputError: if it is another model's, but not at its default.
    """
    owners = {}
    for model in registry.names():
        for field in dataclasses.fields(registry.settings(model)):
            if field.name == name:
                owners[model] = field
    if any(
        field.metadata["kind"].read(value) == field.default for field in owners.values()
    ):
        return True
    if owners:
        raise InputError(
            f"{source}: {given!r} is a setting of {' and '.join(owners)}, "
            f"not of {cls().model}"
        )
    return False


def _refuse(name, given, known, source):
    (nearest,) = difflib.get_close_matches(name, known, n=1, cutoff=0)
    nearest = nearest.upper() if str(given).isupper() else nearest
    raise InputError(
        f"{source}: unknown key {given!r}; the nearest known key is {nearest!r}"
    )


@contextmanager
def _naming(source):
    try:
        yield
    except InputError as error:
        raise InputError(f"{source}: {error}") from None
