"""Lists of pictures to fill: a line has the paths of an image, its mask, the output.

For guided networks the image's sketch is `NAME_edge.jpg` beside `NAME.jpg`, as in the
original, or else the path in a fourth column.
"""

import os
from typing import NamedTuple, Optional

from inpaint.errors import InputError


class Line(NamedTuple):
    """A picture to fill; the fields are paths but for the line's number."""

    number: int
    image: str
    mask: str
    output: str
    edge: Optional[str] = None


def read(path, guided):
    """All lines of a list that are not blank.

    What makes a line's meaning doubtful is an error before anything is computed: a
    wrong number of columns, and an output that two lines name, of which only one
    result would be left.

    Args:
      path: of the list: text, columns parted by blanks.
      guided: whether there are sketches.

    Returns:
      List of `Line`.

    Raises:
      InputError: as said, or if the list is empty or no text.
      OSError: if it cannot be read.
    """
    # A list from Windows may begin with a mark; a file's name may be any bytes.
    with open(path, encoding="utf-8-sig", errors="surrogateescape") as file:
        text = file.read()
    if "\0" in text:
        raise InputError(f"{path}: expected a text file")
    lines = [
        _line(path, number, row.split(), guided)
        for number, row in enumerate(text.split("\n"), start=1)
        if row.strip()
    ]
    if not lines:
        raise InputError(f"{path}: expected lines `image mask output`, got none")
    named = {}
    for line in lines:
        first = named.setdefault(os.path.realpath(line.output), line)
        if first is not line:
            raise InputError(
                f"{path}: line {line.number}: the output {line.output} is that of "
                f"line {first.number} too"
            )
    return lines


def is_chained(lines):
    """Whether a line takes what an earlier one makes, such as a second hole's image."""
    made = set()
    for line in lines:
        inputs = (line.image, line.mask, line.edge)
        if any(os.path.realpath(path) in made for path in inputs if path):
            return True
        made.add(os.path.realpath(line.output))
    return False


def _line(path, number, columns, guided):
    if not (len(columns) == 3 or (guided and len(columns) == 4)):
        expected = "`image mask output`" + " or `image mask output edge`" * guided
        raise InputError(
            f"{path}: line {number}: expected {expected}, got {len(columns)} "
            f"column{'s' * (len(columns) != 1)}"
        )
    line = Line(number, *columns)
    if guided and line.edge is None:
        return line._replace(edge=f"{line.image[:-4]}_edge.jpg")
    return line
