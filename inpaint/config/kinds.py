"""The kinds of value that a setting can have, and how each is read from YAML."""

import dataclasses
import reprlib
import sys
from typing import Any, Callable, NamedTuple, Union

_LARGEST_SIDE = 32768  # of training's pictures
_MOST = 10**15  # of whole numbers, far from where int64 ends

# A learning rate, or its schedule: points (step, rate) or (step, rate, how it goes on).
Rate = Union[float, tuple[tuple, ...]]

_SHORT = reprlib.Repr()  # YAML's aliases can make a value endless when written out
_SHORT.maxlevel, _SHORT.maxlist, _SHORT.maxdict = 3, 8, 8
_SHORT.maxstring = _SHORT.maxlong = _SHORT.maxother = 120


class Kind(NamedTuple):
    """What a setting accepts.

    Attributes:
      expected: completes "KEY must be …".
      read: value → the value to keep, or None if it is not of this kind.
    """

    expected: str
    read: Callable[[Any], Any]


def key(default, kind, comment, section=None):
    """The dataclass field of a setting.

    Args:
      default: its value where a file leaves it out.
      kind: a `Kind`.
      comment: what it does, for inpaint.yml.
      section: heading that begins with it in inpaint.yml.
    """
    metadata = {"kind": kind, "comment": comment, "section": section}
    if isinstance(default, dict):
        return dataclasses.field(default_factory=default.copy, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def _is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


def shown(value):
    """A value as Python writes it, shortened where it is long.

    Example:
      >>> shown("4" * 1000)[:20]
      "'4444444444444444444"
    """
    try:
        return _SHORT.repr(value)
    except ValueError:  # of an int, which Python does not write out at any length
        return "a number of thousands of digits"


def whole(least, most=_MOST, multiple=1):
    """An int in [least, most] that `multiple` divides."""

    def read(value):
        fits = _is_whole(value) and least <= value <= most and value % multiple == 0
        return value if fits else None

    return Kind(
        f"a whole number of at least {least}"
        + (f" and at most {most}" if most < _MOST else "")
        + (f", divisible by {multiple}" if multiple > 1 else ""),
        read,
    )


def number(least, most=sys.float_info.max):
    """A finite float in [least, most]; ints and numeric strings are read as one.

    YAML 1.1, which PyYAML reads, takes `1e-4` for a string.
    """

    def read(value):
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            return None
        try:
            result = float(value)
        except (ValueError, OverflowError):
            return None
        return result if least <= result <= most else None

    if most == sys.float_info.max:
        return Kind(f"a number of at least {least:g}", read)
    return Kind(f"a number from {least:g} to {most:g}", read)


def one_of(*choices, misspelt=None):
    """One of the strings `choices`; `misspelt` maps other spellings to them."""
    spellings = {**{choice: choice for choice in choices}, **(misspelt or {})}
    return Kind(
        f"{', '.join(choices[:-1])} or {choices[-1]}",
        lambda value: spellings.get(value) if isinstance(value, str) else None,
    )


def one_of_numbers(*choices):
    """One of the ints `choices`."""
    return Kind(
        " or ".join(map(str, choices)),
        lambda value: value if _is_whole(value) and value in choices else None,
    )


def _read_shape(value):
    if not isinstance(value, (list, tuple)) or len(value) != 3:
        return None
    if not all(_is_whole(size) and 0 < size <= _LARGEST_SIDE for size in value):
        return None
    if value[2] != 3:
        return None
    return tuple(value)


def _read_rate(value):
    if not isinstance(value, (list, tuple)):
        return _RATE.read(value)
    points = tuple(_read_point(point) for point in value)
    if not points or None in points or points[0][0] != 0 or len(points[-1]) > 2:
        return None
    rises = all(point[0] < then[0] for point, then in zip(points, points[1:]))
    return points if rises else None


def _read_point(value):
    """(step, rate) or (step, rate, how it goes on to the next); None: it is neither."""
    if not isinstance(value, (list, tuple)) or len(value) not in (2, 3):
        return None
    step, rate, *how = whole(0).read(value[0]), _RATE.read(value[1]), *value[2:]
    if step is None or rate is None or (how and how[0] not in WAYS):
        return None
    return (step, rate, *how)


def _read_lists(value):
    if not isinstance(value, dict):
        return None
    for dataset, pair in value.items():
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            return None
        if not all(isinstance(text, str) for text in (dataset, *pair)):
            return None
    return {dataset: tuple(pair) for dataset, pair in value.items()}


WAYS = ("linear", "cosine")  # of a learning rate, from a point of its schedule on
_RATE = number(0)
RATE = Kind(
    "a number of at least 0, or a schedule: [[0, RATE], [STEP, RATE], …], steps "
    "rising from 0, with linear or cosine after a RATE that goes on to the next",
    _read_rate,
)


def _read_pair(value):
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        return None
    if not all(_is_whole(side) and 0 <= side <= _LARGEST_SIDE for side in value):
        return None
    return tuple(value) if value[0] <= value[1] else None


def _read_range(value):
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        return None
    low, high = (number(-sys.float_info.max).read(end) for end in value)
    return None if low is None or high is None or low >= high else (low, high)


TEXT = Kind("text", lambda value: value if isinstance(value, str) else None)
FLAG = Kind("true or false", lambda value: value if isinstance(value, bool) else None)
SEED = Kind(
    "false or a whole number from 0 to 2**32 - 1",
    lambda value: (
        value if value is False or (_is_whole(value) and 0 <= value < 2**32) else None
    ),
)
SHAPE = Kind(f"[height, width, 3], at most {_LARGEST_SIDE}", _read_shape)
PIXELS = Kind("[least, most], whole numbers of pixels", _read_pair)
RANGE = Kind("[lowest, highest], two numbers", _read_range)
LISTS = Kind("DATASET: [training list, validation list] for each", _read_lists)
# The original spells one of them REFELECT.
PADDING = one_of("SAME", "SYMMETRIC", "REFLECT", misspelt={"REFELECT": "REFLECT"})
STRIDE_PADDING = one_of("SAME", "SYMMETRIC")
DECAY = number(0, 0.999999)
FIGURES = ("hole_l1", "l1", "psnr", "ssim", "lpips", "fid")  # of validation pictures
