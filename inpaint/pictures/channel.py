"""Pictures of one channel, whatever their values, as levels to train on."""

import numpy as np

from inpaint.errors import InputError
from inpaint.pictures import images


def read_values(path, value_range, may_lack=False, max_pixels=images.MAX_PIXELS):
    """Reads a grey picture of 8 or 16 bits, a TIFF file of float32 or a .npy file.

    Args:
      path: of the file.
      value_range: (low, high), the values that are levels 0 and 255.
      may_lack: whether values may be no numbers, or the picture transparent.
      max_pixels: see `images.read_image`.

    Returns:
      (levels, known): float32 `[H, W]` in [0, 255], 0 where not known; bool `[H, W]`.

    Raises:
      InputError: as `images.read_photograph`; if the picture has more channels, or
        known values that are no numbers or lie outside the range.

    Example:
      >>> levels, known = read_values("mask.png", (0.0, 510.0))
      >>> float(levels.max())
      127.5
    """
    pixels, _ = images.read_photograph(path, max_pixels)
    known = np.ones(pixels.shape[:2], bool)
    if pixels.ndim == 3 and pixels.shape[-1] == 2:  # grey and alpha
        if may_lack:
            known = pixels[..., 1] == np.iinfo(pixels.dtype).max
        pixels = pixels[..., 0]
    if pixels.ndim != 2:
        raise InputError(
            f"{path}: expected one channel (channels: 1), got {pixels.shape[-1]}"
        )
    numbers = np.isfinite(pixels)
    if may_lack:
        known &= numbers
    elif not numbers.all():
        raise InputError(
            f"{path}: {int((~numbers).sum())} values are no numbers; "
            "valid_maps: true takes them for unknown"
        )
    low, high = value_range
    seen = pixels[known]
    if seen.size and not (low <= seen.min() and seen.max() <= high):
        raise InputError(
            f"{path}: expected values in value_range, {low:g} to {high:g}, got "
            f"{seen.min():g} to {seen.max():g}"
        )
    # In float64, so that large values keep their differences.
    levels = (np.float64(np.where(known, pixels, low)) - low) * (255.0 / (high - low))
    return levels.astype(np.float32), known
