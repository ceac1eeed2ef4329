"""inpaint.yml, a mapping, `key=value` → `Config`; errors name the key and its nearest.

The files of both versions of the original are read: version 1's keys are in upper case.
"""

import dataclasses
import difflib
from contextlib import contextmanager
from pathlib import Path

from inpaint.config import presets, strict_yaml, v1
from inpaint.config.kinds import shown
from inpaint.config.settings import class_of
from inpaint.errors import InputError
from inpaint.models import registry


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
