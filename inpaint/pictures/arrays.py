"""Arrays and Pillow's pictures, as users have them → what the networks' graph takes.

Masks go by the one rule of `holes`.
"""

import os

import cv2
import numpy as np

from inpaint.errors import InputError
from inpaint.pictures import holes

_PICTURES = "[H, W], [H, W, 1 to 4], [B, H, W] or [B, H, W, 1 to 4]"
_PLANES = "[H, W], [H, W, 1, 3 or 4], [B, H, W] or [B, H, W, 1, 3 or 4]"
VALUES = (np.uint8, np.uint16, np.float32)  # types of one channel's data
_READ = "read it first, by inpaint.pictures.images.read_image or Pillow"

# Pillow's modes whose arrays say all; others are converted, or refused.
_AS_THEY_ARE = ("L", "LA", "RGB", "RGBA", "I;16")
_CONVERTED = {
    "1": "L",
    "P": "RGB",
    "PA": "RGBA",
    "CMYK": "RGB",
    "YCbCr": "RGB",
    "LAB": "RGB",
    "HSV": "RGB",
    "RGBX": "RGB",
    "RGBa": "RGBA",
    "La": "LA",
}


def as_array(value, name):
    """The array of an argument; Pillow's pictures of other modes become RGB or RGBA.

    Raises:
      InputError: it is a path, a list of arrays of different sizes, or a picture of
        a mode that is not of 8 bits, nor "I;16".
    """
    if isinstance(value, (str, bytes, os.PathLike)):
        raise InputError(f"{name}: expected an array, got the path {value!r}: {_READ}")
    mode = getattr(value, "mode", None)
    if isinstance(mode, str) and hasattr(value, "convert"):
        if mode in _CONVERTED:
            transparent = mode == "P" and "transparency" in value.info
            value = value.convert("RGBA" if transparent else _CONVERTED[mode])
        elif mode not in _AS_THEY_ARE:
            raise InputError(
                f"{name}: expected a picture of 8 bits, got mode {mode!r}: convert it "
                "to 'L' or 'RGB', its levels brought to 0 … 255"
            )
    try:
        return np.asarray(value)
    except ValueError:
        raise InputError(
            f"{name}: expected an array, got arrays of different sizes: give them one "
            "by one"
        ) from None


def as_batch(image):
    """Pictures as a batch.

    Args:
      image: an array of any shape that `Inpainter` takes.

    Returns:
      uint8 or uint16 `[B, H, W, 1, 2, 3 or 4]`, and whether it was a single picture.

    Raises:
      InputError: the array is not a picture.
    """
    if image.dtype == object:
        raise InputError(f"image: expected {_PICTURES}, got Python objects")
    if image.dtype not in (np.uint8, np.uint16):
        hint = ": if it is 0 … 1, (255 * image).round().astype('uint8')"
        hint = hint if image.dtype.kind == "f" else ""
        raise InputError(
            f"image: expected uint8, 0 … 255, or uint16, got {image.dtype}{hint}"
        )
    shape = list(image.shape)
    if image.size == 0 or not 2 <= image.ndim <= 4:
        raise InputError(f"image: expected {_PICTURES}, got {shape}")
    channels_last = image.ndim > 2 and shape[-1] <= 4
    if image.ndim == 3 and shape[0] == 3 and not channels_last:
        raise InputError(
            f"image: {shape} is one picture with its channels first, or three grey "
            "ones: move the channels to the end, or give the three as "
            f"{[*shape, 1]}"
        )
    if image.ndim == 4 and not channels_last:
        raise InputError(f"image: expected {_PICTURES}, got {shape}")
    batch = image if channels_last else image[..., np.newaxis]
    single = batch.ndim == 3
    return (batch[np.newaxis] if single else batch), single


def as_values(image):
    """Pictures of one channel as a batch.

    Args:
      image: `[H, W]`, `[H, W, 1]`, `[B, H, W]` or `[B, H, W, 1]`, uint8, uint16 or
        float32.

    Returns:
      `[B, H, W, 1]` of its type, and whether it was a single picture.

    Raises:
      InputError: the array is none of these.
    """
    shape = list(image.shape)
    fits = image.ndim == 2 or (image.ndim in (3, 4) and shape[-1] == 1)
    fits = fits or (image.ndim == 3 and shape[-1] > 4)
    if not fits or not image.size or image.dtype not in VALUES:
        raise InputError(
            "image: this network takes one channel: expected [H, W], [H, W, 1], "
            "[B, H, W] or [B, H, W, 1], uint8, uint16 or float32; got "
            f"{image.dtype} {shape}"
        )
    batch = image if image.ndim > 2 and shape[-1] == 1 else image[..., np.newaxis]
    single = batch.ndim == 3
    return (batch[np.newaxis] if single else batch), single


def require_numbers(pictures, hole):
    """Raises InputError if pixels are no numbers that are not in the hole."""
    wrong = ~(np.isfinite(pictures) | hole)
    if wrong.any():
        raise InputError(
            f"image: {int(wrong.sum())} values outside the hole are no numbers: the "
            "mask must cover them"
        )


def like_values(pictures, filled, hole):
    """The filled values, float32, in the pictures' type; known ones are theirs."""
    if pictures.dtype != np.float32:
        most = np.iinfo(pictures.dtype).max
        filled = np.clip(np.rint(filled), 0, most).astype(pictures.dtype)
    return np.where(hole, filled, pictures)


def as_planes(mask, shape, name, share):
    """The hole, or the edges of a sketch, of each picture.

    Args:
      mask: an array of bool or numbers, shaped like the pictures.
      shape: (B, H, W) of the pictures.
      name: "mask" or "edge", for messages.
      share: of white, see `holes.hole`.

    Returns:
      bool `[1 or B, H, W, 1]`, and the levels that it was made of, `[1 or B, H, W]`.

    Raises:
      InputError: the array does not fit the pictures.
    """
    batch, height, width = shape
    plane = mask
    if mask.ndim > 2 and mask.shape[-1] in (1, 3, 4) and mask.shape != shape:
        if mask.shape[-1] == 1:
            plane = mask[..., 0]
        elif mask.dtype == np.uint8:
            plane = holes.levels(mask)
    fits = plane.shape in {(height, width), (1, height, width), (batch, height, width)}
    if not fits or mask.dtype.kind not in "buif":
        raise InputError(
            f"{name}: expected {_PLANES} of the image's {batch} × {height} × {width} "
            f"pixels, bool or numbers (colours: uint8); got {mask.dtype} "
            f"{list(mask.shape)}"
        )
    levels = plane.reshape(-1, height, width)
    return holes.hole(levels, share)[..., np.newaxis], levels


def in_colour(pictures):
    """RGB `[B, H, W, 3]` of pictures of any number of channels."""
    channels = pictures.shape[-1]
    return pictures[..., :3] if channels > 2 else pictures[..., :1].repeat(3, -1)


def like(pictures, filled, hole):
    """The filled RGB with the channels that the pictures have."""
    channels = pictures.shape[-1]
    if channels == 3:
        return filled
    if channels == 4:
        return np.concatenate([filled, pictures[..., 3:]], axis=-1)
    grey = np.stack([cv2.cvtColor(x, cv2.COLOR_RGB2GRAY) for x in filled])
    grey = np.where(hole, grey[..., np.newaxis], pictures[..., :1])
    return np.concatenate([grey, pictures[..., 1:]], axis=-1)
