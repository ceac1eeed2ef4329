"""Models by their name in inpaint.yml (`model: deepfill_v2`).

Nothing here imports TensorFlow: the file of a built-in model is imported when it is
first asked for, and registers itself. A model from outside is registered by whoever
imports its file:

    from inpaint.models import register
    register("toy", generator=ToyGenerator, model=Toy, settings=ToySettings)
"""

import importlib
from typing import Any, NamedTuple, Optional

from inpaint.errors import InputError

# The file of each model that comes with the package. Its settings are in
# `inpaint/models/settings`, in a file of the model's name.
BUILT_IN = {
    "deepfill_v2": "inpaint.models.deepfill_v2",
    "deepfill_v1": "inpaint.models.deepfill_v1",
    "deepfill_v1_baseline": "inpaint.models.deepfill_v1",
    "global_local": "inpaint.models.global_local",
    "context_encoder": "inpaint.models.context_encoder",
    "context_encoder_random": "inpaint.models.context_encoder",
    "partial_conv": "inpaint.models.partial_conv",
    "lama": "inpaint.models.lama",
}

_registered = {}


class Paper(NamedTuple):
    """What a model's file registers."""

    name: str  # in inpaint.yml
    generator: type  # a subclass of `base.Generator`
    model: type  # a subclass of `base.InpaintingModel`
    settings: Optional[type] = None  # a `settings.ModelSettings`; None: its file's


def register(name: str, generator: type, model: type, settings: Any = None) -> None:
    """Make a model known by its name.

    Args:
      name: `model` in inpaint.yml.
      generator: a subclass of `base.Generator`.
      model: a subclass of `base.InpaintingModel`.
      settings: its keys of inpaint.yml, a subclass of `settings.ModelSettings`; a
        built-in model leaves it out: it has a file in `inpaint/models/settings`.

    Raises:
      ValueError: if another model has the name.

    Example:
      >>> register("toy", generator=ToyGenerator, model=Toy)  # doctest: +SKIP
    """
    paper = Paper(name, generator, model, settings)
    known = _registered.get(name)
    if known is not None and known.generator.__module__ != generator.__module__:
        raise ValueError(
            f"`name` {name!r} is taken by {known.generator.__module__}."
            f"{known.generator.__name__}"
        )
    _registered[name] = paper


def names() -> list[str]:
    """The names of all models: the built-in ones, then those from outside.

    Example:
      >>> "deepfill_v2" in names()
      True
    """
    return [*BUILT_IN, *(name for name in _registered if name not in BUILT_IN)]


def paper(name: str) -> Paper:
    """What was registered under a name.

    Raises:
      InputError: if nothing was.

    Example:
      >>> paper("deepfill_v2").generator.__name__
      'DeepFillV2Generator'
    """
    _require_known(name)
    if name not in _registered:
        importlib.import_module(BUILT_IN[name])
    return _registered[name]


def name_of(generator: type) -> Optional[str]:
    """The name that a class of generators is registered under, or None.

    Example:
      >>> name_of(paper("lama").generator)
      'lama'
    """
    for name, found in _registered.items():
        if found.generator is generator:
            return name
    return None


def settings(name: str) -> type:
    """The settings class of a model, without importing the model if it is built in.

    Raises:
      InputError: if no model has the name.

    Example:
      >>> settings("deepfill_v2")().base_filters
      48
    """
    _require_known(name)
    if name in BUILT_IN:
        return importlib.import_module(f"inpaint.models.settings.{name}").Settings
    return _registered[name].settings or _none_of_its_own()


def _none_of_its_own():
    return importlib.import_module("inpaint.models.settings").ModelSettings


def _require_known(name):
    if name not in BUILT_IN and name not in _registered:
        raise InputError(f"model: {name!r} is not one of {', '.join(names())}")
