"""Filling holes in pictures: RGB of 8 or 16 bits in, RGB of as many out."""

import os
import warnings
from typing import Callable, Optional, Union

import numpy as np

from inpaint import checkpoints, strategies, windows
from inpaint.calls import Calls
from inpaint.details import Details
from inpaint.errors import InputError, MaskWarning, StrategyWarning
from inpaint.filling import EDGE_THRESHOLD
from inpaint.models.base import Generator
from inpaint.pictures import arrays, holes
from inpaint.postprocess import blend


class Inpainter:
    """Fills the holes of photographs with a generator of any paper.

    The first call runs eagerly, operation by operation, since TensorFlow takes longer
    to make a graph than to fill a picture. The second call makes one graph for
    pictures of any size and number, which later calls use: they agree but for float
    rounding. `trace` makes it at once.

    The result has the size of the input: where a side is no multiple of what the
    network needs (8 for DeepFill) the picture is padded at the bottom and right, by
    mirroring unless the network wants it otherwise, and cut back (the original crops it
    instead). Known pixels come back byte for byte. Safe to call from several threads.

    Large pictures and deep holes are filled by a strategy, see docs/large.md: a warning
    says which and why, where it is not the whole picture at its size. The pictures of a
    batch are filled one by one if one of them is not.

    A network of a fixed size fills other pictures, and holes that it cannot paint
    where they are, through a window around each hole, cut out and scaled; a warning
    says so of each.

    Args:
      generator: a `inpaint.models.base.Generator`.
      edge_threshold: share of 255 above which a sketch's pixel is an edge.
      postprocess: whether the hole's colours are fitted to its rim, see
        `inpaint.postprocess`.
      strategy: "auto", "exact", "windows", "scaled" or "residual". A network of a
        fixed size has no choice: "auto" and "exact" are the same.
      context: pixels that a strategy's windows see around their holes, at least.

    Raises:
      ValueError: there is no such strategy, or not for this network.

    Example:
      >>> from inpaint.pictures.images import read_image, read_mask, write_image
      >>> inpainter = Inpainter.load()  # or "model_logs/release_places2_256"
      >>> completed = inpainter(read_image("photo.png"), read_mask("mask.png"))
      >>> write_image("completed.png", completed)
    """

    def __init__(
        self,
        generator: Generator,
        edge_threshold: float = EDGE_THRESHOLD,
        postprocess: bool = False,
        strategy: str = "auto",
        context: int = strategies.CONTEXT,
    ) -> None:
        strategies.check(strategy)
        if generator.fixed_size is not None and strategy not in ("auto", "exact"):
            raise ValueError(
                "`strategy` must be 'auto' or 'exact' for a network of a fixed size. "
                f"Received: {strategy!r}"
            )
        self.strategy = strategy
        self.context = context
        self.generator = generator
        self.edge_threshold = edge_threshold
        self.postprocess = postprocess
        self._calls = Calls(generator)

    @classmethod
    def load(
        cls,
        path: Optional[Union[str, os.PathLike]] = None,
        padding: str = "same",
        edge_threshold: Optional[float] = None,
        attention_memory: int = 384,
        precision: str = "float32",
        strategy: str = "auto",
    ) -> "Inpainter":
        """An Inpainter with the weights of a checkpoint or export.

        Args:
          path: a checkpoint of the original release (folder or prefix), a training
            folder, an export of `inpaint export`, a `.weights.h5` file, a file of
            PyTorch, safetensors, Torch7 or Keras that docs/weights.md lists, or
            `hf://USER/REPO[@REVISION]` on a model hub. They say what network they
            hold; of the release's it is read from the variables. None, or their name,
            "deepfill_v2": the weights that come with the package.
          padding: of the convolutions, as the network was trained, where the file
            does not tell.
          edge_threshold: see `Inpainter`; None is the file's, or 0.6.
          attention_memory: megabytes that the attention's scores may take at a time.
          precision: "float32" or "bfloat16", whatever Keras's global policy is.
            On CPUs that multiply it a third or more faster, some levels off:
            docs/performance.md. Others emulate it, slowly.
          strategy: see `Inpainter`.

        Raises:
          InputError: if the path holds no readable checkpoint of a known network, or
            the precision is neither.
          ValueError: as `Inpainter`.

        Example:
          >>> Inpainter.load().guided  # the weights that come with the package
          False
        """
        stored = checkpoints.open_stored(path)
        generator = checkpoints.generator_from(stored, padding, precision)
        generator.limit_memory(attention_memory)
        if edge_threshold is None:
            edge_threshold = stored.edge_threshold
        if edge_threshold is None:
            edge_threshold = EDGE_THRESHOLD
        return cls(generator, edge_threshold, strategy=strategy)

    @property
    def guided(self) -> bool:
        """Whether the network takes a sketch."""
        return self.generator.takes_edge

    def trace(self) -> None:
        """Make the graph now, where many pictures are to come.

        From then on nothing runs eagerly: what is painted does not depend on which
        pictures came before.
        """
        self._calls.trace()

    def plan(self, mask: np.ndarray) -> strategies.Plan:
        """How a picture with such a hole is filled.

        Args:
          mask: bool `[H, W]`, True in the hole.
        """
        strategy = self.strategy if self._has_choice() else "exact"
        return strategies.choose(mask, strategy, self.context)

    def estimate(self, mask: np.ndarray) -> Optional[strategies.Estimate]:
        """About how long a fill will take, and how much memory the process then has.

        It is told from fills of small pictures, a second or two where they have not
        been done yet; so of little work None is told.

        Args:
          mask: bool `[H, W]`, True in the hole.

        Returns:
          `Estimate`: seconds and gigabytes; None where there is little to do.
        """
        if not self._has_choice():
            return None
        return self._calls.estimate(self.plan(mask), mask)

    def _has_choice(self):
        """Whether the network's pictures are filled by strategies."""
        return self.generator.fixed_size is None and self.generator.channels == 3

    def __call__(
        self,
        image: np.ndarray,
        mask: np.ndarray,
        edge: Optional[np.ndarray] = None,
        return_details: bool = False,
        progress: Optional[Callable[[int, int], None]] = None,
    ) -> Union[np.ndarray, Details]:
        """Fill the holes of one picture or of a batch.

        Args:
          image: uint8 or uint16: RGB `[H, W, 3]`, RGBA `[H, W, 4]` (alpha is handed
            back as it is), grey `[H, W]`, `[H, W, 1]` or, with alpha, `[H, W, 2]`
            (handed back grey), or a batch of either, `[B, H, W, …]`; or a picture of
            Pillow's, whose palette or CMYK becomes RGB. Levels of uint16 are filled
            with the nearest to what the network painted. A network of one channel takes
            `[H, W]`, `[H, W, 1]` or a batch of uint8, uint16 or float32, values of its
            `value_range`, which in the hole may be no numbers.
          mask: hole where True, 1 or 255 (above 127): `[H, W]` or `[H, W, 1]` for
            all pictures, or `[B, H, W]`, `[B, H, W, 1]`, one each. Of uint8 colours,
            3 or 4 channels, the brightest counts: the rule is that of
            `inpaint.pictures.holes`, for files too.
          edge: the sketch of a guided network, shaped and valued like the mask, an
            edge above 0.6·255; only what lies in the hole is used.
          return_details: also return what the stages made, which only the whole
            picture at its size has: "auto" is "exact" then.
          progress: is told (steps done, of how many) before each step and at the end,
            for each picture anew if a batch is filled one by one. A step is a window,
            or all that is filled at once. What it raises ends the fill.

        Returns:
          An array shaped like `image`, of its type; or `Details` of such arrays (but
          for `completed` always uint8 RGB).

        Warns:
          MaskWarning: the mask has no hole, or looks inverted or like a photograph.
          StrategyWarning: "auto" chose another strategy than "exact", or "exact" was
            asked for and the hole is deeper than the network paints.

        Raises:
          InputError: if shapes or types do not fit, a sketch is missing or one too
            many, details are asked for of another strategy than "exact", or a network
            of a fixed size cannot fill a hole through a window.
        """
        image = arrays.as_array(image, "image")
        values = self.generator.channels == 1
        as_batch = arrays.as_values if values else arrays.as_batch
        pictures, single = as_batch(image)
        shape = pictures.shape[:3]
        if self.guided != (edge is not None):
            raise InputError(
                "this network is guided: it needs an edge"
                if self.guided
                else "this network is not guided: it takes no edge"
            )
        mask = arrays.as_array(mask, "mask")
        hole, levels = arrays.as_planes(mask, shape, "mask", 0.5)
        planes = [hole]
        if self.guided:
            edge = arrays.as_array(edge, "edge")
            planes += arrays.as_planes(edge, shape, "edge", self.edge_threshold)[:1]
        doubt = holes.doubt(hole, levels)
        if doubt:
            warnings.warn(f"the mask {doubt}", MaskWarning, stacklevel=2)
        if self.postprocess and values:
            raise InputError("postprocess: expected three channels, got one")
        if self.postprocess and pictures.dtype == np.uint16:
            raise InputError("postprocess: expected levels of 8 bits, got 16")
        if values:
            arrays.require_numbers(pictures, hole)
        if not hole.any() and not return_details:
            return pictures.reshape(image.shape).copy()

        rgb = np.float32(pictures) if values else arrays.in_colour(pictures)
        if windows.needed(self.generator, shape[1:], hole):
            filled = np.stack(
                [self._through_windows(x, y) for x, y in zip(rgb, _each(hole, shape))]
            )
            stages, offsets = {self.generator.stages[-1]: filled}, None
        elif return_details:
            if self.strategy not in ("auto", "exact"):
                raise InputError(
                    f"details: the strategy {self.strategy} has none, exact has"
                )
            filled, stages, offsets = self._calls.fill_in_detail(rgb, *planes)
        else:
            filled = self._by_plan(rgb, planes, progress)
        filled = np.array(filled)  # the caller's own, to write into
        if self.postprocess:
            each = _each(hole, shape)
            filled = np.stack([blend(x, y) for x, y in zip(filled, each)])
        like = arrays.like_values if values else arrays.like
        completed = like(pictures, filled, hole).reshape(image.shape)
        if not return_details:
            return completed

        def of_all(x):
            return np.asarray(x)[0] if single else np.asarray(x)

        stages = {name: of_all(x) for name, x in stages.items()}
        return Details(completed, stages, None if offsets is None else of_all(offsets))

    def _by_plan(self, images, planes, progress):
        """A batch filled by the strategy, together if all are filled exactly.

        Args:
          images: `[B, H, W, 3]` uint8.
          planes: hole and, if guided, edges, bool `[1 or B, H, W, 1]`.
          progress: see `__call__`.
        """
        plans = [self.plan(hole) for hole in planes[0][..., 0]]
        for remark in dict.fromkeys(plan.remark for plan in plans):
            if remark is not None and self.strategy in ("auto", "exact"):
                warnings.warn(remark, StrategyWarning, stacklevel=3)
        if all(plan.strategy == "exact" for plan in plans):
            if progress is not None:
                progress(0, 1)
            filled = self._calls.fill(images, *planes)
            if progress is not None:
                progress(1, 1)
            return filled
        plans *= len(images) // len(plans)
        network = self._calls.network(sum(plan.calls for plan in plans))
        planes = [_each(plane, images.shape[:3]) for plane in planes]
        return np.stack(
            [
                strategies.run(network, plan, image, *others, progress=progress)
                for plan, image, *others in zip(plans, images, *planes)
            ]
        )

    def _through_windows(self, image, hole):
        """One picture, `[H, W, 3]` uint8, filled window by window."""

        def paint(image, mask):
            planes = image[np.newaxis], mask[np.newaxis, ..., np.newaxis]
            return self._calls.fill(*planes)[0].numpy()

        generator = self.generator
        filled, used = windows.fill(
            paint, image, hole, generator.fixed_size[0], generator.paintable
        )
        for window in used:
            warnings.warn(f"filled {window}", stacklevel=3)
        return filled


def _each(hole, shape):
    """The hole of each picture: `[B, H, W]` of `[1 or B, H, W, 1]`."""
    return np.broadcast_to(hole[..., 0], shape)
