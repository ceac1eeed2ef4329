"""Lists of pictures to fill: a line has the paths of an image, its mask, the output.

For guided networks the image's sketch is `NAME_edge.jpg` beside `NAME.jpg`, as in the
original, or else the path in a fourth column. Columns are parted by tabs, so that paths
may have blanks, or else by blanks.
"""

import os
from typing import NamedTuple, Optional

from inpaint.errors import InputError
from inpaint.files import atomic_file, require_local


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
      path: of the list.
      guided: whether there are sketches; None: if the weights want them, which are
        looked at later, see `sketched`.

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
        parse(path, number, row, guided)
        for number, row in enumerate(text.split("\n"), start=1)
        if row.strip()
    ]
    if not lines:
        raise InputError(f"{path}: expected lines `image mask output`, got none")
    named = {}
    for line in lines:
        for each in line[1:]:
            require_local(each or "")
        first = named.setdefault(os.path.realpath(line.output), line)
        if first is not line:
            raise InputError(
                f"{path}: line {line.number}: the output {line.output} is that of "
                f"line {first.number} too"
            )
    return lines


def sketched(lines, guided, source, exists=os.path.exists):
    """The lines with the sketches that a network wants.

    Args:
      lines: of pictures whose sketches are looked for, where none is named.
      guided: whether the network takes sketches.
      source: what the lines are of, for the message.
      exists: see `find_sketch`.

    Raises:
      InputError: a sketch is named, and the network takes none.
    """
    if guided:
        return [x._replace(edge=x.edge or find_sketch(x.image, exists)) for x in lines]
    for line in lines:
        if line.edge is not None:
            raise InputError(
                f"{source}: the weights are not guided, but {line.image} has the "
                f"sketch {line.edge}"
            )
    return lines


def find_sketch(image, exists=os.path.exists):
    """The path of a picture's sketch, `NAME_edge.jpg` or `.png` beside it.

    The original's name, of which the last 4 characters are cut off, if there is none.
    `exists` tells of a path whether a file is there.
    """
    original = f"{image[:-4]}_edge.jpg"
    stem = os.path.splitext(image)[0]
    for path in (original, f"{stem}_edge.jpg", f"{stem}_edge.png"):
        if exists(path):
            return path
    return original


def write(path, lines):
    """Writes a list of these lines, parted by tabs."""
    rows = ("\t".join(filter(None, line[1:])) for line in lines)
    text = "".join(f"{row}\n" for row in rows)
    with atomic_file(path) as part, open(part, "xb") as file:
        file.write(text.encode("utf-8", "surrogateescape"))


def shard(lines, part):
    """Every Nth line from the Ith on; `part` is (I, N), from 1 on, or None for all."""
    return lines if part is None else lines[part[0] - 1 :: part[1]]


def is_chained(lines):
    """Whether a line takes what an earlier one makes, such as a second hole's image."""
    made = set()
    for line in lines:
        inputs = (line.image, line.mask, line.edge)
        if any(os.path.realpath(path) in made for path in inputs if path):
            return True
        made.add(os.path.realpath(line.output))
    return False


def parse(path, number, row, guided):
    """The `Line` of a row of a list; arguments as of `read`.

    Raises:
      InputError: a wrong number of columns.
    """
    most = 3 if guided is False else 4
    columns = [column.strip() for column in row.split("\t")]
    if not 3 <= len(columns) <= most or not all(columns):
        columns = row.split()
    if not 3 <= len(columns) <= most:
        expected = "`image mask output`" + " or `image mask output edge`" * (most > 3)
        raise InputError(
            f"{path}: line {number}: expected {expected}, got {len(columns)} "
            f"column{'s' * (len(columns) != 1)}"
        )
    line = Line(number, *columns)
    if guided and line.edge is None:
        return line._replace(edge=f"{line.image[:-4]}_edge.jpg")
    return line
