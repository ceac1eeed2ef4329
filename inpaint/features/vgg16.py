"""VGG16 of ImageNet for perceptual and style losses, in PyTorch's scaling.

"Image Inpainting for Irregular Holes Using Partial Convolutions", arXiv 1804.07723,
§3.3: the outputs of the first three max poolings. The published weights of the losses
belong to pictures less their mean over their deviation, not to Keras' scale of 255.
"""

import tensorflow as tf

from inpaint.errors import InputError, first_line
from inpaint.features import stacks, stored

MEAN = (0.485, 0.456, 0.406)  # of ImageNet's pictures, RGB in [0, 1]
DEVIATION = (0.229, 0.224, 0.225)
POOLINGS = 3  # that the losses look at


class VGG16:
    """The outputs of the first poolings; frozen.

    Args:
      path: the weights: an .h5 file of keras.applications, or an .npz file with
        torchvision's names (`features.0.weight`), whose numbers of channels are free.
        None: Keras' own download, kept where Keras keeps it.

    Call arguments:
      x: `[B, H, W, 3]` float32 RGB, normalised by `MEAN` and `DEVIATION`.

    Returns:
      list of `[B, ⌊H/2⌋, …]`, `[B, ⌊H/4⌋, …]`, `[B, ⌊H/8⌋, …]`.

    Raises:
      InputError: if the weights cannot be read, or not be had.
    """

    name = "vgg16"

    def __init__(self, path=None):
        if path is not None and str(path).endswith(".npz"):
            stack = stacks.from_arrays(stored.read(path), path, [stacks.VGG16])
        else:
            stack = _from_keras(path)
        self._stack = stack._replace(blocks=stack.blocks[:POOLINGS])
        self.weights = self._stack.weights

    def __call__(self, x):
        return [tf.nn.max_pool2d(y, 2, 2, "VALID") for y in self._stack.outputs(x)]


def _from_keras(path):
    import keras

    try:
        network = keras.applications.VGG16(
            include_top=False, weights="imagenet" if path is None else str(path)
        )
    except Exception as error:  # HDF5, URLs and Keras each have errors of their own
        reason = first_line(error)
        if path is not None:
            raise InputError(
                f"{path}: expected VGG16's weights of keras.applications without its "
                f"top (.h5), or an .npz file: {reason}"
            ) from None
        raise InputError(
            "VGG16's ImageNet weights cannot be downloaded by keras.applications: "
            f"give their file as `vgg16_weights` ({reason})"
        ) from None
    layers = [layer for layer in network.layers if "conv" in layer.name]
    weights = iter([tuple(layer.get_weights()) for layer in layers])
    blocks = [[next(weights) for _ in block] for block in stacks.VGG16.blocks]
    return stacks.Stack(stacks.VGG16, blocks)
