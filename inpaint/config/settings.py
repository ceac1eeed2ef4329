"""`Config`: every setting, its default, what it does.

The settings of a run live here once; those of a model beside the model, in
`inpaint/models/settings`. A Config has both: `Config(model="deepfill_v1")` is of the
subclass that `class_of("deepfill_v1")` makes. A further setting is one more `key`:
default, kind, comment. A Config checks its values when it is made, so one that exists
is valid. `reading` makes one from a file, `writing` a file from one.
"""

import dataclasses
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Union

from inpaint.config.kinds import (
    DECAY,
    FIGURES,
    FLAG,
    LISTS,
    PIXELS,
    RANGE,
    RATE,
    SEED,
    SHAPE,
    TEXT,
    key,
    number,
    one_of,
    one_of_numbers,
    shown,
    whole,
)
from inpaint.errors import InputError
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
        24, whole(0, 4096), "pixels that a strategy's windows see around holes, or more"
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
    accumulate: int = key(
        1, whole(1, 4096), "batches that an update adds up: N times the batch_size"
    )
    max_iters: int = key(100000000, whole(1), "training stops after this many steps")
    learning_rate: Union[float, tuple] = key(
        1e-4, RATE, "of the model's optimizers; or [[0, 1e-4], [4000, 3e-5]], by step"
    )
    ema: float = key(
        0.0,
        DECAY,
        "decay of the moving average of weights that pictures are filled with; 0: none",
    )
    train_spe: int = key(4000, whole(1), "steps from one checkpoint to the next")
    max_to_keep: int = key(5, whole(1), "checkpoints; older ones are deleted")
    val_psteps: int = key(2000, whole(1), "steps from one summary to the next")
    viz_max_out: int = key(10, whole(0), "pictures in a summary, at most")
    val: bool = key(False, FLAG, "show validation pictures in the summaries")
    static_view_size: int = key(30, whole(1), "validation pictures to show")
    keep_best: str = key(
        "",
        one_of(*(f"val/{figure}" for figure in FIGURES), misspelt={"": ""}),
        "val/hole_l1 or another figure of theirs: the best checkpoint so far stays in "
        "log_dir/best; empty: none",
    )
    val_lpips: str = key(
        "", TEXT, "weights of LPIPS, .npz: measured of them too; empty: not"
    )
    val_fid: str = key(
        "", TEXT, "SavedModel of features: FID measured of them too; empty: not"
    )

    dataset: str = key("celebahq", TEXT, "which entry of data_flist to use", "Data")
    data_flist: Mapping[str, tuple[str, str]] = key(
        _DATA_FLIST,
        LISTS,
        "training and validation list of each dataset: one picture's path a line",
    )
    random_crop: bool = key(False, FLAG, "random crop of img_shapes; false: resize")
    img_shapes: tuple[int, int, int] = key(
        (256, 256, 3), SHAPE, "height, width and channels"
    )
    channels: int = key(
        3, one_of_numbers(1, 3), "of the pictures; 1: grey, elevations, any values"
    )
    value_range: tuple[float, float] = key(
        (0.0, 255.0), RANGE, "with one channel: the values of black and white"
    )
    max_pixels: int = key(
        100000000, whole(1), "of a picture file: one of more is not decoded"
    )
    num_cpus_per_job: int = key(4, whole(1, 1024), "pictures read at the same time")
    skip_unreadable: bool = key(
        False, FLAG, "the next picture stands in for a broken one; false: stop there"
    )
    valid_maps: bool = key(
        False,
        FLAG,
        "pictures may say where they are known: NAME_valid.png or their alpha channel",
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
        "inpaint/masks, or a folder or list of masks",
    )
    masks_by_name: bool = key(
        False, FLAG, "each picture has its own of these masks, of its name"
    )
    mask_share: float = key(
        1.0, number(0, 1), "of own masks; the others are drawn as the model's default"
    )
    mask_threshold: float = key(
        0.5, number(0, 1), "pixels of a mask file above this are hole"
    )
    mask_fit: str = key(
        "exact",
        one_of("exact", "centre", "resize"),
        "own masks of another size: exact (refused), centre or resize",
    )
    mask_flip: bool = key(False, FLAG, "own masks: flip every other one")
    mask_dilation: tuple[int, int] = key(
        (0, 0), PIXELS, "own masks grow by a square of least to most pixels a side"
    )
    mask_turn: bool = key(False, FLAG, "own masks: turn by any angle")
    mask_shift: float = key(0.0, number(0, 1), "own masks: shift, of a side at most")

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


RUN_KEYS = {field.name for field in dataclasses.fields(Config)}


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
    taken = sorted(own & RUN_KEYS)
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
