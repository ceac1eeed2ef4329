"""Lists, folders and globs of training pictures → paths that have been checked.

Nothing here imports TensorFlow, so that a list that cannot be used is reported at
once, before any network is built.

An flist is the original's: a text file (UTF-8) with the path of one picture a line,
relative to the current folder. Blank lines and blanks around a line do not count;
nothing else is special: `#` and blanks inside a line belong to the path.

Guided training needs a picture of edges beside every picture. Its path is the
picture's without the last 4 characters, plus `_edge.jpg` (`a.png` → `a_edge.jpg`), or
it is the second column of the line: after a tab, or, where the line as a whole is no
file and its first of two words is one, after blanks.

A picture may have a mask of its own, paired by name (`pairing`), and a map of where it
is known: `NAME_valid.png` beside `NAME.*`.
"""

import glob
import os
import stat
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Optional

import cv2

from inpaint.errors import InputError
from inpaint.files import require_local
from inpaint.pictures import images, npy, pairing

EXTENSIONS = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")
_EDGE = "_edge.jpg"
_VALID = "_valid.png"

# A local disk needs one thread; a cold or remote one answers many at a time.
_THREADS = 16
_FILES_AT_A_TIME = 1000

_FAULTS_NAMED = 3


@dataclass(frozen=True)
class Pictures:
    """Pictures in a fixed order.

    Attributes:
      images: their paths.
      edges: guided: the paths of their edge pictures, in the same order; else None.
      masks: likewise of masks, where each has its own; else None.
      valid: likewise of the maps of where they are known, None for one that has no
        such file; None where nobody asks.
      unusable: how many of them will have to be skipped, as far as a look at their
        first bytes tells.

    Example:
      >>> Pictures(["a.png", "b.png"]).paths(1)
      ('b.png', None)
    """

    images: Sequence[str]
    edges: Optional[Sequence[str]] = None
    unusable: int = 0
    masks: Optional[Sequence[str]] = None
    valid: Optional[Sequence[Optional[str]]] = None

    def __len__(self):
        return len(self.images)

    def paths(self, index):
        """(path of the picture, path of its edges or None)."""
        return self.images[index], None if self.edges is None else self.edges[index]

    def beside(self, index):
        """What else `framing.read_framed` reads of a picture, its arguments by name."""
        found = {} if self.masks is None else {"mask_path": self.masks[index]}
        if self.valid is not None:
            found.update(with_valid=True, valid_path=self.valid[index])
        return found


def find_pictures(
    source, guided=False, skip_unreadable=False, masks=None, valid=False, arrays=False
):
    """The pictures that a list, folder or glob names, each one's file checked.

    A folder is searched with all folders below it, through symbolic links too, and a
    glob (`**` for any depth) with the folders that it matches, for files named
    .jpg, .jpeg, .png, .bmp, .webp, .tif or .tiff in any case; not for files named
    `..._edge.jpg`, nor for anything whose name begins with a dot. Their order is that
    of their sorted paths; a list keeps its own.

    A file passes if it is there, not empty, and begins as a format that OpenCV reads.
    Damage further in shows when the picture is decoded.

    Args:
      source: path of an flist, of a folder or of one picture, or a glob.
      guided: whether each picture needs a picture of edges.
      skip_unreadable: keep files that do not pass, counted, as long as one does.
      masks: a list, folder or glob of masks, one for each picture; None: without.
      valid: whether pictures may have a map of where they are known.
      arrays: whether .npy files are pictures too.

    Returns:
      Pictures, at least one.

    Raises:
      InputError: the source or a folder in it cannot be read, names no pictures, or
        some of their files do not pass: how many, and the first of them with their
        line numbers.

    Example:
      >>> find_pictures("photo.png").images
      ['photo.png']
    """
    source = os.fspath(source)
    require_local(source)
    if is_list(source):
        numbers, found, edges = _read_list(source, guided)
        nothing = "lists no pictures"
    else:
        extensions = (*EXTENSIONS, npy.EXTENSION) if arrays else EXTENSIONS
        numbers, found, edges = None, _search(source, extensions), None
        found = [x for x in found if not (valid and x.endswith(_VALID))]
        nothing = f"no pictures found (files named {', '.join(extensions)})"
    if not found:
        raise InputError(f"{source}: {nothing}")
    own = None
    if masks is not None:
        found, own = _with_masks(source, found, os.fspath(masks))
    if guided and edges is None:
        edges = [edge_path(image) for image in found]
    known = [_valid_path(image) for image in found] if valid else None
    faults = _faults(found, *(x for x in (edges, own, known) if x is not None))
    if faults and not (skip_unreadable and len(faults) < len(found)):
        named = [
            (f"line {numbers[index]}: " if numbers else "") + f"{_shown(path)}: {fault}"
            for index, path, fault in faults[:_FAULTS_NAMED]
        ]
        more = ["…"] if len(faults) > _FAULTS_NAMED else []
        raise InputError(
            f"{source}: {len(faults)} of {len(found)} pictures cannot be used: "
            + "; ".join(named + more)
        )
    return Pictures(found, edges, len(faults), own, known)


def is_list(source):
    """Whether a source of pictures is a file that lists them."""
    return (
        os.path.exists(source)
        and not os.path.isdir(source)
        and not source.lower().endswith((*EXTENSIONS, npy.EXTENSION))
    )


def _read_list(path, guided):
    """The lines that are not blank: their numbers, pictures and edges (or None)."""
    try:
        # surrogateescape: Linux allows any bytes in a path.
        with open(path, encoding="utf-8-sig", errors="surrogateescape") as file:
            text = file.read()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    if "\0" in text:
        raise InputError(f"{path}: expected a text file, one picture's path a line")
    lines = [(i, line.strip()) for i, line in enumerate(text.split("\n"), 1)]
    lines = [(number, line) for number, line in lines if line]
    numbers = [number for number, _ in lines]
    if not guided:
        return numbers, [line for _, line in lines], None
    pairs = [_pair(line) for _, line in lines]
    return numbers, [image for image, _ in pairs], [edge for _, edge in pairs]


def _pair(line):
    """The paths of the picture and of its edges."""
    if "\t" in line:
        image, _, edge = line.partition("\t")
        return image.rstrip(), edge.lstrip()
    words = line.split()
    if len(words) == 2 and not os.path.isfile(line) and os.path.isfile(words[0]):
        return words[0], words[1]
    return line, edge_path(line)


def edge_path(image):
    """Where a picture's edges lie: `a.png` → `a_edge.jpg`, beside it."""
    return image[:-4] + _EDGE


def _valid_path(image):
    """Where a picture's map of what is known lies; None if there is no such file."""
    path = os.path.splitext(image)[0] + _VALID
    return path if os.path.exists(path) else None


def _with_masks(source, found, masks):
    """Pictures that are no masks themselves, and the mask of each."""
    planes = find_pictures(masks).images
    both = os.path.isdir(source) and os.path.isdir(masks)
    roots = (source, masks) if both else None
    pairs = pairing.paired(found, planes, masks, roots)
    return [image for image, _ in pairs], [mask for _, mask in pairs]


def _search(source, extensions):
    """The sorted paths of the pictures in a folder or in what a glob matches."""
    if os.path.exists(source):
        paths = [source]
    elif glob.has_magic(source):
        paths = glob.glob(source, recursive=True)
    else:
        raise InputError(f"{source}: expected a list, folder or glob of pictures")
    found = set()
    for path in paths:
        found.update(_files_below(path) if os.path.isdir(path) else [path])
    return sorted(
        path
        for path in found
        if path.lower().endswith(extensions) and not path.endswith(_EDGE)
    )


def _files_below(folder):
    def stop(error):
        raise InputError(f"{error.filename}: cannot be read: {error.strerror}")

    seen = set()  # a link to a folder further up would lead round for ever
    for parent, folders, names in os.walk(folder, onerror=stop, followlinks=True):
        real = os.path.realpath(parent)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        # Sorted, so that of two ways to one folder it is always the same that counts.
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            if not name.startswith("."):
                yield os.path.join(parent, name)


def _faults(images_, *others):
    """(index, path, what is wrong) of each picture that does not pass.

    Args:
      images_: paths.
      *others: paths, or None, of what each needs besides.
    """

    def look(start):
        found = []
        for index in range(start, min(start + _FILES_AT_A_TIME, len(images_))):
            for paths in (images_, *others):
                fault = paths[index] and _fault(paths[index])
                if fault:
                    found.append((index, paths[index], fault))
                    break
        return found

    with ThreadPoolExecutor(_THREADS) as pool:
        parts = pool.map(look, range(0, len(images_), _FILES_AT_A_TIME))
        return [fault for part in parts for fault in part]


def _fault(path):
    try:
        require_local(path)
        status = os.stat(path)
    except InputError as error:
        return str(error)[len(f"{path}: ") :]
    except FileNotFoundError:
        return "does not exist"
    except (OSError, ValueError) as error:  # ValueError: a character no path can have
        return getattr(error, "strerror", None) or str(error)
    if not stat.S_ISREG(status.st_mode):
        return "is not a file"
    if not status.st_size:
        return "is empty"
    # Half a surrogate pair, how Python spells bytes that are not UTF-8, crashes OpenCV.
    if path.isprintable() and cv2.haveImageReader(path):
        return None
    try:
        if npy.is_array(path):
            npy.check(path, images.MAX_PIXELS)
        else:
            images.read_image(path)
    except InputError as error:
        return str(error)[len(f"{path}: ") :]
    return None


def _shown(path):
    """The path in one printable line."""
    return path if path.isprintable() else repr(path)[1:-1]
