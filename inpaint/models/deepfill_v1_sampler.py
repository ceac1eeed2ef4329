"""What DeepFill v1 draws for a batch: holes, their boxes, shares of the penalty."""

import numpy as np

from inpaint import masks


class BoxesAndAlphas(masks.Sampler):
    """Holes of the settings, their `boxes`, and the gradient penalty's `alphas`.

    boxes are the release's, before they shrink; of holes without one, of the same size
    around the middle of the hole. Where holes are not boxes alone, `distances` too:
    `[count, H, W, 1]` float32, pixels to the nearest known one. alphas are
    `[batch_size, 2]` float32, uniform in [0, 1): a sample's for the local and for the
    global critic.

    Args:
      config: a Config.
    """

    def __init__(self, config):
        self._holes = holes = masks.make(config.masks, config)
        self._alone = isinstance(holes, masks.Release) and not holes.brush_strokes
        self._batch_size = config.batch_size
        self._box_size = config.height, config.width

    def draw(self, rng, count, height, width):
        found = self._holes.draw(rng, count, height, width)
        return self._completed(rng, found, self._alone)

    def mask(self, rng, height, width):
        return self._holes.mask(rng, height, width)

    def with_masks(self, rng, masks):
        return self._completed(rng, {"masks": masks}, alone=False)

    def hidden(self, draws, unknown):
        found = super().hidden(draws, unknown)
        if "distances" in found:
            found["distances"] = masks.distances(found["masks"])
        return found

    def static(self, rng, height, width):
        return self._holes.static(rng, height, width)

    def _completed(self, rng, found, alone):
        planes = found["masks"]
        if "boxes" not in found:
            found["boxes"] = np.array(
                [
                    (*masks.patch_around(plane, *self._box_size), *self._box_size)
                    for plane in planes[..., 0]
                ],
                np.int32,
            )
        found["alphas"] = rng.random((self._batch_size, 2)).astype(np.float32)
        if not alone:
            found["distances"] = masks.distances(planes)
        return found
