"""What `Inpainter` returns with `return_details`."""

from typing import NamedTuple, Optional

import numpy as np


class Details(NamedTuple):
    """What a network made of a picture: uint8 RGB, all of the picture's size.

    Example:
      >>> from inpaint import Inpainter
      >>> inpainter, image = Inpainter.load(), np.zeros((32, 32, 3), np.uint8)
      >>> details = inpainter(image, np.eye(32) > 0, return_details=True)
      >>> sorted(details.stages)
      ['coarse', 'refined']
    """

    completed: np.ndarray
    stages: dict[str, np.ndarray]  # what each stage painted, whole picture, by name
    # where attention points, hue is direction, colour is distance; None without one
    offsets: Optional[np.ndarray]

    @property
    def coarse(self) -> np.ndarray:
        """What DeepFill's first stage painted."""
        return self.stages["coarse"]

    @property
    def refined(self) -> np.ndarray:
        """What DeepFill's second stage painted."""
        return self.stages["refined"]
