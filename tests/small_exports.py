"""Exports of small networks with stand-in weights, made once for all tests."""

import contextlib
from functools import cached_property

import stand_in
import tensorflow as tf
from eager import unoptimised
from served_model import ServedModel

from inpaint import Inpainter
from inpaint.export import saved_model
from inpaint.models import registry

WARMUP = ((40, 48), (24, 64))


def small_generator(**arguments):
    generator = registry.paper("deepfill_v2").generator(base_filters=8, **arguments)
    for name, variable in generator.variables_by_name().items():
        variable.assign(stand_in.value(name, tuple(variable.shape)))
    return generator


def png(image):
    """The bytes of a file."""
    return tf.io.encode_png(image).numpy()


class Small:
    """A generator, its export and what answers with either.

    Args:
      base: folder of the export's versions.
      closing: an ExitStack that ends the serving process.
      edge_threshold: of the sketch.
      warmup: sizes of requests in the export.
      optimised: whether TensorFlow's optimiser rewrites the graph when it is run.
      arguments: of the generator.
    """

    def __init__(
        self,
        base,
        closing,
        edge_threshold=0.6,
        warmup=WARMUP,
        optimised=False,
        **arguments,
    ):
        self.base = base
        self.edge_threshold = edge_threshold
        self.optimised = optimised
        self._warmup = warmup
        self.generator = small_generator(**arguments)
        self._closing = closing

    @cached_property
    def folder(self):
        """Of version 1."""
        with contextlib.nullcontext() if self.optimised else unoptimised():
            return saved_model.export(
                self.generator,
                self.base,
                warmup=self._warmup,
                edge_threshold=self.edge_threshold,
            )

    @cached_property
    def inpainter(self):
        return Inpainter(self.generator, self.edge_threshold)

    @cached_property
    def served(self):
        return self._closing.enter_context(
            ServedModel(self.folder, optimised=self.optimised)
        )


class SmallExports:
    """`plain`, `guided` (with a threshold of its own) and `streaming`.

    `plain` is as users make it; TensorFlow's optimiser is kept out of the others.
    """

    def __init__(self, folder):
        self._folder = folder
        self._closing = contextlib.ExitStack()

    def close(self):
        self._closing.close()

    @cached_property
    def plain(self):
        return Small(self._folder / "plain", self._closing, optimised=True)

    @cached_property
    def guided(self):
        return Small(
            self._folder / "guided",
            self._closing,
            edge_threshold=0.25,
            guided=True,
        )

    @cached_property
    def streaming(self):
        """Attention block by block at any size; mirrored borders, and no warm-up."""
        folder = self._folder / "streaming"
        small = Small(folder, self._closing, warmup=(), padding="reflect")
        small.generator.attention.scratch_bytes = 1
        return small
