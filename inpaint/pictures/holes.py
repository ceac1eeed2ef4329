"""The one rule for masks, of files and of arrays: which pixels are the hole.

- A pixel's level is its brightest channel; a transparent pixel is black, whatever its
  colour: `levels`.
- The hole is where the level is above half of white: of 255; of 1 where no level is
  above 1 (0/1 masks): `hole`.
- A mask that looks like something else is taken as the rule says, and told: `doubt`.
"""

import numpy as np

WHITE = 255.0

_MUCH = 0.6  # of the pixels as hole: more looks like an inverted mask
_MIDDLING = (64, 191)  # levels that are neither dark nor bright
_MANY = 0.1  # of the pixels at such levels: more looks like a photograph


def levels(pixels):
    """The brightest channel, by alpha where there is one.

    Args:
      pixels: `[H, W]` of any numbers, or uint8 `[..., C]`: 2 channels are grey and
        alpha, 3 RGB, 4 RGBA.

    Returns:
      `[H, W]`, or without the last axis, in the type of `pixels`.
    """
    if pixels.ndim == 2:
        return pixels
    channels = pixels.shape[-1]
    colours = pixels if channels in (1, 3) else pixels[..., :-1]
    brightest = colours.max(axis=-1)
    if channels in (1, 3):
        return brightest
    alpha = pixels[..., -1].astype(np.uint16)
    return ((brightest * alpha + 127) // 255).astype(pixels.dtype)


def hole(values, share=0.5):
    """Where values are above a share of white.

    White is 255, or 1 where no value is above 1; of floats a little more still counts
    as 1, since resizing may carry a mask of 0 … 1 above it.

    Args:
      values: bool, taken as it is, or numbers; any shape.
      share: in [0, 1]; that of a sketch is the network's edge_threshold.

    Returns:
      bool, of the same shape.
    """
    if values.dtype == bool:
        return values
    most_of_one = 2 if values.dtype.kind == "f" else 1
    white = 1.0 if values.max() <= most_of_one else WHITE
    return values > white * share


def doubt(found, values):
    """What speaks against a mask, as "has no hole: …"; None if nothing does.

    Args:
      found: bool, what `hole` made of it.
      values: what it made it of.
    """
    brightest = values.max()
    if not found.any():
        half = "half of 1" if brightest <= 1 and values.dtype.kind == "f" else "127"
        return (
            f"has no hole: its brightest level is {brightest:g}, a hole is above {half}"
        )
    if values.dtype == np.uint8 and brightest > 1:
        low, high = _MIDDLING
        middling = ((values > low) & (values < high)).mean()
        if middling > _MANY:
            return (
                f"is neither dark nor bright at {middling:.0%} of its pixels: is it a "
                "mask? A hole is where the level is above 127"
            )
    if found.mean() > _MUCH:
        return f"is {found.mean():.0%} hole: is it inverted? White is the hole"
    return None
