"""A file system of Beam's for tests: shelf://a/b.png is $SHELF/a/b.png."""

import os

from apache_beam.io.filesystem import BeamIOError, FileMetadata
from apache_beam.io.localfilesystem import LocalFileSystem

SCHEME = "shelf"
_START = f"{SCHEME}://"


def _local(path):
    return os.path.join(os.environ["SHELF"], path[len(_START) :])


class Shelf(LocalFileSystem):
    """As object stores, it has no folders; as HDFS, it renames to no name in use."""

    @classmethod
    def scheme(cls):
        return SCHEME

    def has_dirs(self):
        return False

    def join(self, basepath, *paths):
        return "/".join([basepath.rstrip("/"), *paths])

    def split(self, path):
        head, _, tail = path.rpartition("/")
        return head, tail

    def mkdirs(self, path):
        pass

    def _list(self, dir_or_prefix):
        root = os.environ["SHELF"]
        for folder, _, names in os.walk(root):
            for name in names:
                local = os.path.join(folder, name)
                path = _START + os.path.relpath(local, root)
                if path.startswith(dir_or_prefix):
                    yield FileMetadata(path, os.path.getsize(local))

    def _path_open(self, path, mode, *arguments, **named):
        return super()._path_open(_local(path), mode, *arguments, **named)

    def create(self, path, *arguments, **named):
        os.makedirs(os.path.dirname(_local(path)), exist_ok=True)
        return self._path_open(path, "wb", *arguments, **named)

    def exists(self, path):
        return os.path.isfile(_local(path))

    def rename(self, sources, destinations):
        for source, destination in zip(sources, destinations):
            if self.exists(destination):
                raise BeamIOError(f"{destination}: exists")
            os.rename(_local(source), _local(destination))

    def delete(self, paths):
        for path in paths:
            if self.exists(path):
                os.remove(_local(path))
