"""Pictures and their masks, paired by name."""

import os

from inpaint.errors import InputError

_SUFFIX = "_mask"
_NAMED = 3  # pictures without a mask, in the message


def paired(pictures, masks, source, roots=None):
    """(picture, mask) for each picture that is not itself a mask.

    A mask has its picture's name, or its name with `_mask`, whatever the extensions;
    with `roots`, the place below them too. Where these are one folder, masks end in
    `_mask`.

    Args:
      pictures, masks: paths.
      source: where the masks come from, for the message.
      roots: (folder of the pictures, folder of the masks); None: names alone count.

    Raises:
      InputError: a picture has no mask or several, no picture is left, or two pictures
        of one name would share a mask.

    Example:
      >>> paired(["a.jpg"], ["masks/a.png"], "masks")
      [('a.jpg', 'masks/a.png')]
    """
    above, beside = roots or (None, None)
    here = roots is not None and os.path.realpath(above) == os.path.realpath(beside)
    suffixes = (_SUFFIX,) if here else ("", _SUFFIX)
    by_name, pairs, without = {}, [], []
    for mask in masks:
        by_name.setdefault(_name(mask, beside), []).append(mask)
    of = {}
    for picture in pictures:
        name = _name(picture, above)
        if here and name.endswith(_SUFFIX):
            continue
        fitting = [x for suffix in suffixes for x in by_name.get(name + suffix, [])]
        if len(fitting) > 1:
            raise InputError(
                f"{picture}: expected one mask, got {' and '.join(fitting)}"
            )
        if not fitting:
            without.append(picture)
            continue
        if of.setdefault(name, picture) != picture:
            raise InputError(
                f"{picture}: expected pictures of different names: {of[name]} would "
                f"have the same mask, {fitting[0]}"
            )
        pairs.append((picture, fitting[0]))
    if without:
        more = ", …" if len(without) > _NAMED else ""
        raise InputError(
            f"{source}: no mask for {len(without)} of {len(pairs) + len(without)} "
            f"pictures: {', '.join(without[:_NAMED])}{more}"
        )
    if not pairs:
        raise InputError(f"{source}: no pictures found beside masks")
    return pairs


def _name(path, folder):
    """Without the extension: its place in a folder, or its name alone."""
    name = os.path.basename(path) if folder is None else os.path.relpath(path, folder)
    return os.path.splitext(name)[0]
