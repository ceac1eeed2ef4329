"""`Config` → inpaint.yml; the file in the repository is `to_yaml(Config())`."""

import dataclasses
from pathlib import Path

import yaml

from inpaint.config.settings import RUN_KEYS
from inpaint.errors import InputError
from inpaint.files import atomic_file


def to_yaml(config):
    """All settings as the text of an inpaint.yml, with their comments."""
    blocks = []
    fields = {field.name: field for field in dataclasses.fields(config)}
    run = [field for name, field in fields.items() if name in RUN_KEYS]
    own = [field for name, field in fields.items() if name not in RUN_KEYS]
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
