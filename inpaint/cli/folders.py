"""Folders of pictures and masks, paired by name."""

import os

from inpaint.cli.fill_list import Line
from inpaint.errors import InputError
from inpaint.files import require_local
from inpaint.pictures import lists, pairing


def lines(photos, masks, output):
    """A `fill_list.Line` for each picture of a folder and those below it.

    Its mask is the one file, or has its place and name in the folder of masks, or its
    name with `_mask`, whatever the extensions. Its output has its place and name in the
    folder of outputs.

    Args:
      photos, output: folders.
      masks: a folder, which may be that of the pictures, or a file.

    Raises:
      InputError: there is no picture; one has no mask, or several; an output would lie
        among the pictures or be a mask.
    """
    require_local(output)
    inside = os.path.realpath(photos)
    if os.path.commonpath([inside, os.path.realpath(output)]) == inside:
        raise InputError(f"{output}: expected a folder outside of {photos}")
    if os.path.exists(output) and not os.path.isdir(output):
        raise InputError(f"{output}: expected a folder, since {photos} is one")
    found = lists.find_pictures(photos, skip_unreadable=True).images
    if not os.path.isdir(masks):
        if not os.path.exists(masks):
            raise InputError(f"{masks}: expected a mask or a folder of masks")
        pairs = [(photo, masks) for photo in found]
    else:
        planes = lists.find_pictures(masks, skip_unreadable=True).images
        pairs = pairing.paired(found, planes, masks, roots=(photos, masks))
    places = [os.path.join(output, os.path.relpath(x, photos)) for x, _ in pairs]
    taken = {os.path.realpath(mask) for _, mask in pairs}
    for place in places:
        if os.path.realpath(place) in taken:
            raise InputError(f"{place}: the output would be written over a mask")
    return [
        Line(number, photo, mask, place)
        for number, ((photo, mask), place) in enumerate(zip(pairs, places), 1)
    ]
