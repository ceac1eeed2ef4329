"""TensorBoard: the original's scalars and pictures, and the validation's figures."""

import contextlib
import os

import numpy as np
import tensorflow as tf

from inpaint import masks, metrics
from inpaint.data import validation_images
from inpaint.errors import InputError
from inpaint.evaluation import frechet
from inpaint.evaluation.lpips import LPIPS
from inpaint.filling import fill_in_detail
from inpaint.pictures import images as files

_STATIC_SEED = 0  # the static views' masks are the same in every run


class Summaries:
    """Writes what a training step came to; the file is made with the first of it.

    Args:
      folder: `log_dir`.
      max_outputs: pictures of a batch that are shown, `viz_max_out`.
    """

    def __init__(self, folder, max_outputs):
        self._folder = folder
        self._writer = None
        self._max_outputs = max_outputs

    def scalars(self, step, values):
        """Scalars by tag."""
        with self._writing(step):
            for tag, value in values.items():
                tf.summary.scalar(tag, value)

    def histograms(self, step, values):
        """Tensors by tag."""
        with self._writing(step):
            for tag, value in values.items():
                tf.summary.histogram(tag, value)

    def row(self, step, tag, picture):
        """uint8 RGB `[B, H, W, 3]`, the first of them."""
        with self._writing(step):
            tf.summary.image(tag, picture, max_outputs=self._max_outputs)

    def close(self):
        """Ends the file; more goes to a further one."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    @contextlib.contextmanager
    def _writing(self, step):
        if self._writer is None:
            self._writer = tf.summary.create_file_writer(self._folder)
        with self._writer.as_default(step):
            yield
        self._writer.flush()


class Validation:
    """The static views: the first pictures of the validation list, the same masks.

    Args:
      config: a Config.
      pictures: flists.Pictures.
      model: the `InpaintingModel` in training.
      unreadable: data.Unreadable.

    Raises:
      InputError: if none of the pictures can be read, or the networks of LPIPS or FID
        cannot be, or cannot measure these pictures.
    """

    def __init__(self, config, pictures, model, unreadable):
        height, width, _ = config.img_shapes
        self._lpips = LPIPS(config.val_lpips) if config.val_lpips else None
        if self._lpips is not None and min(height, width) < self._lpips.smallest:
            raise InputError(
                f"val_lpips: {self._lpips.network} needs pictures of at least "
                f"{self._lpips.smallest} pixels a side, img_shapes is "
                f"{list(config.img_shapes)}"
            )
        self._features = frechet.Features(config.val_fid) if config.val_fid else None
        found = validation_images(
            pictures,
            config.static_view_size,
            size=(height, width),
            random_crop=config.random_crop,
            edge_threshold=config.edge_threshold,
            max_pixels=config.max_pixels,
            mask_threshold=config.mask_threshold,
            unreadable=unreadable,
            value_range=model.generator.value_range,
        )
        if not len(found["images"]):
            raise InputError("none of the pictures to validate on can be read")
        if self._features is not None and len(found["images"]) < 2:
            raise InputError("val_fid: needs two pictures to validate on at least")
        self.images, self.edges = found["images"], found.get("edges")
        self._given = self.images  # what the network is given
        if model.generator.value_range is not None:
            low, high = model.generator.value_range
            self._given = low + self.images * np.float32((high - low) / 255)
            self.images = np.rint(self.images).astype(np.uint8)
        if self._features is not None:
            self._originals = [*map(self._features, _in_colour(self.images))]
        self._range = model.generator.value_range
        self.masks = found.get("masks")
        if self.masks is None:
            drawn = [
                model.sampler.static(masks.rng(_STATIC_SEED, i), height, width)
                for i in range(len(self.images))
            ]
            self.masks = np.stack(drawn)[..., np.newaxis]
        self.masks = self.masks.astype(bool)
        self.valid = found.get("valid")
        if self.valid is not None:
            self.valid = self.valid.astype(bool)
            self.masks |= ~self.valid
        self._batch = config.batch_size
        self._folder = os.path.join(config.log_dir, "samples")
        self._fill = tf.function(
            lambda *planes: fill_in_detail(model.generator, *planes),
            reduce_retracing=True,
            autograph=False,
        )
        early = model.final_stage != model.generator.stages[-1]
        self._stage = model.final_stage if early else None

    def run(self, step):
        """Fill all static views; write them to `log_dir/samples/STEP.png`.

        Returns:
          (figures by tag, uint8 RGB rows `[N, H, 4·W, 3]`, 3·W without attention).
        """
        completed, offsets = [], []
        for start in range(0, len(self.images), self._batch):
            planes = [self._given, self.masks]
            planes += [] if self.edges is None else [self.edges.astype(bool)]
            planes = [x[start : start + self._batch] for x in planes]
            filled, stages, colours = self._fill(*planes)
            if self._stage is not None:
                filled = np.where(planes[1], stages[self._stage], planes[0])
                colours = None
            completed.append(filled)
            offsets.append(colours)
        completed = np.concatenate(completed)
        if self._range is not None:
            low, high = self._range
            levels = np.rint((completed - low) * (255 / (high - low)))
            completed = np.clip(levels, 0, 255).astype(np.uint8)
        offsets = [] if offsets[0] is None else [np.concatenate(offsets)]
        judged, hole = completed, self.masks
        if self.valid is not None:  # what nobody knows is no error
            judged = np.where(self.valid, completed, self.images)
            hole = hole & self.valid
        figures = {
            "hole_l1": metrics.hole_l1(self.images, judged, hole),
            "l1": metrics.l1(self.images, judged),
            "psnr": metrics.psnr(self.images, judged),
            "ssim": metrics.ssim(self.images, judged),
        }
        if self._lpips is not None:
            pairs = map(_in_colour, (self.images, judged))
            figures["lpips"] = [*map(self._lpips, *pairs)]
        if self._features is not None:
            painted = [*map(self._features, _in_colour(judged))]
            figures["fid"] = frechet.distance(self._originals, painted)
        incomplete = np.where(self.masks, np.uint8(127), self.images)
        shown = map(_in_colour, (self.images, incomplete, completed))
        rows = np.concatenate([*shown, *offsets], axis=2)
        os.makedirs(self._folder, exist_ok=True)
        files.write_image(
            os.path.join(self._folder, f"{step}.png"), rows.reshape(-1, *rows.shape[2:])
        )
        return {f"val/{k}": float(np.mean(v)) for k, v in figures.items()}, rows


def _in_colour(pictures):
    """Pictures of one channel as RGB."""
    return pictures.repeat(3, -1) if pictures.shape[-1] == 1 else pictures
