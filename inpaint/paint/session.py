"""The photographs of a session, in a temporary folder, with what was made of them.

What the browser calls a file is used for names alone: no path that comes from there is
opened. A photograph has versions: 0 is the file as it came, the others are fills.
"""

import os
import re
import shutil
import tempfile
import threading
from typing import NamedTuple

import cv2

from inpaint.errors import InputError
from inpaint.files import atomic_file
from inpaint.pictures import images, sizes

_LONGEST = 150  # characters of a name
_CHUNK = 1 << 20


class TooLarge(InputError):
    """A picture has more pixels than are decoded here."""


class Photograph(NamedTuple):
    """A photograph.

    Fields:
      number: in the session, from 0 on.
      name: as the user knows it, without folder and extension.
      extension: of the file and of its fills.
      height, width: upright, in pixels.
      paths: of its versions.
    """

    number: int
    name: str
    extension: str
    height: int
    width: int
    paths: list


class Session:
    """Photographs by number; several threads may call it.

    Args:
      folder: an empty one, which the caller removes.
      max_pixels: what has more is not decoded.
    """

    def __init__(self, folder, max_pixels=images.MAX_PIXELS):
        self.max_pixels = max_pixels
        self.photographs = []
        self._folder = folder
        self._lock = threading.Lock()

    def open(self, path):
        """Adds a picture file of this machine, of which a copy is kept.

        Raises:
          InputError: it is none, or too large.
        """
        height, width = self._measured(path, path)
        with open(path, "rb") as file:
            return self._add(os.path.basename(path), self._kept(file), height, width)

    def receive(self, name, stream):
        """Adds a picture that the browser sends.

        Args:
          name: what the browser calls it.
          stream: its bytes.

        Raises:
          InputError: it is no picture; `TooLarge`, it has too many pixels.
        """
        path = self._kept(stream)
        try:
            height, width = self._measured(path, _plain(name))
        except InputError:
            os.remove(path)
            raise
        return self._add(name, path, height, width)

    def new_file(self, extension):
        """The path of a file to write, which nothing has yet."""
        handle, path = tempfile.mkstemp(extension, dir=self._folder)
        os.close(handle)
        return path

    def plane(self, photograph, stream, what):
        """The path of a mask or sketch that the browser sends for a photograph.

        Raises:
          InputError: it is no PNG file, or not of the photograph's size.
        """
        path = self._kept(stream)
        with open(path, "rb") as file:
            header = file.read(32)
        found = sizes.size(header) if header.startswith(b"\x89PNG") else None
        if found != (photograph.height, photograph.width):
            os.remove(path)
            raise InputError(
                f"the {what}: expected a PNG file of {photograph.width} × "
                f"{photograph.height} pixels"
            )
        return path

    def add_version(self, photograph, path):
        """The number of a new version, which lies in a file of `new_file`."""
        with self._lock:
            photograph.paths.append(path)
            return len(photograph.paths) - 1

    def preview(self, path):
        """The path of a picture as a PNG file of 8 bits, for browsers."""
        preview = f"{path}.preview.png"
        if not os.path.exists(preview):
            images.write_image(preview, images.read_picture(path, self.max_pixels))
        return preview

    def _kept(self, stream):
        """The path of a copy of a stream."""
        path = self.new_file("")
        with atomic_file(path) as part, open(part, "xb") as file:
            shutil.copyfileobj(stream, file, _CHUNK)
        return path

    def _measured(self, path, name):
        """(height, width) of a picture, upright; `name` is for messages."""
        try:
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    size = sizes.size(file.read())
                if size is not None and size[0] * size[1] > self.max_pixels:
                    raise TooLarge(
                        f"{name}: {size[1]} × {size[0]} pixels, more than max_pixels "
                        f"{self.max_pixels:,}, a setting of inpaint.yml"
                    )
            pixels, _ = images.read_photograph(path, self.max_pixels)
        except TooLarge:
            raise
        except InputError as error:
            raise InputError(str(error).replace(str(path), name)) from None
        except (MemoryError, cv2.error):
            raise InputError(f"{name}: needs more memory than there is") from None
        return pixels.shape[:2]

    def _add(self, name, path, height, width):
        stem, extension = os.path.splitext(_plain(name))
        if not _is_written(extension):
            extension = ".png"
        os.rename(path, path := path + extension)
        with self._lock:
            added = Photograph(
                len(self.photographs), stem, extension, height, width, [path]
            )
            self.photographs.append(added)
        return added


def _plain(name):
    """A name for messages and downloads: no folder, nothing that is not printed."""
    last = re.split(r"[/\\]", name)[-1]
    plain = "".join(x for x in last if x.isprintable()).strip()
    stem, extension = os.path.splitext(plain)
    return (stem[:_LONGEST] or "photograph") + extension[:10]


def _is_written(extension):
    known = re.fullmatch(r"\.[A-Za-z0-9]{1,8}", extension)
    return bool(known) and cv2.haveImageWriter(f"name{extension.lower()}")
