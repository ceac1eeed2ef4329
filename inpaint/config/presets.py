"""The settings that come with the package, by name: `--config deepfill_v1`.

They lie in `config/presets`, in wheels too. In a checkout of earlier versions they lay
in `configs`: `configs/deepfill_v1.yml`, where there is no such file, still means them.
"""

import os
import re
from pathlib import Path

_FOLDER = Path(__file__).parent / "presets"
_NAME = re.compile(r"(?:configs[/\\])?(\w+)(?:\.yml)?")


def names():
    """The presets' names, sorted.

    Example:
      >>> names()
      ['bundled', 'context_encoder', 'context_encoder_random', 'deepfill_v1', …]
    """
    return sorted(path.stem for path in _FOLDER.glob("*.yml"))


def find(path):
    """The file that `--config` means: a file of that name, else a preset.

    Args:
      path: str or path-like: a file's path, or a preset's name.

    Returns:
      The path; `path` itself where it means no preset.
    """
    match = None if os.path.exists(path) else _NAME.fullmatch(os.fspath(path))
    preset = _FOLDER / f"{match[1]}.yml" if match else None
    return preset if preset is not None and preset.is_file() else path
