"""Loads a command's network; checks that settings and weights agree; runs it.

TensorFlow is imported by `load`, so a command checks first what it can check without.
"""

from inpaint.cli import common
from inpaint.errors import InputError


def load(weights, settings, edges, remedy, pictures=1):
    """An Inpainter with the weights of a checkpoint, ready for so many pictures.

    inpaint.yml, the weights and the command line must agree whether the network is
    guided. Where they do not, the command line goes before an inpaint.yml that
    leaves `guided` off and merely lies in the current folder.

    Args:
      weights: path or None, see `Inpainter.load`.
      settings: `common.Settings`.
      edges: whether the command line gives sketches; None: as the weights want it.
      remedy: what to do if the weights want it the other way, for the message.
      pictures: how many are to be filled.

    Raises:
      InputError: if the weights cannot be loaded, or there is no agreement.
    """
    inpainter = open_weights(weights, settings)
    if edges is not None:
        _require_agreement(inpainter.guided, weights, settings, edges, remedy)
    if pictures > 1:
        inpainter.trace()
    return inpainter


def open_weights(weights, settings):
    """`load` without a look at whether the settings say guided."""
    with common.quiet_imports(), common.quick_imports():
        from inpaint import checkpoints
        from inpaint.inference import Inpainter
    config = settings.config
    trained = checkpoints.open_stored(weights).edge_threshold
    inpainter = Inpainter.load(
        weights,
        getattr(config, "padding", "SAME").lower(),
        settings.edge_threshold(trained),
        config.attention_memory,
    )
    inpainter.postprocess = config.postprocess
    return inpainter


def fill(inpainter, picture, path, **options):
    """Calls the Inpainter or Method; pictures too large for the memory: InputError.

    Args:
      inpainter: an `Inpainter` or a `method.Method`.
      picture: a `pictures.Picture`.
      path: of the picture, for the message.
      **options: of `Inpainter.__call__`.
    """
    edge = picture.edge
    if edge is not None:
        edge = edge / 255 > inpainter.edge_threshold
    try:
        return inpainter(picture.image, picture.mask, edge, **options)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    except Exception as error:
        import tensorflow as tf

        # NumPy's error may come wrapped in one of TensorFlow's.
        reasons = (error, error.__context__)
        out_of_memory = (MemoryError, tf.errors.ResourceExhaustedError)
        if not any(isinstance(reason, out_of_memory) for reason in reasons):
            raise
        height, width = picture.mask.shape
        raise InputError(
            f"{path}: {width} × {height} pixels need more memory than there is"
        ) from error


def _require_agreement(guided, weights, settings, edges, remedy):
    config, file, asked_for = settings
    overruled = edges and not config.guided and not asked_for
    wrong_file = file is not None and config.guided != guided and not overruled
    problems = []
    if wrong_file:
        said, right = str(config.guided).lower(), str(guided).lower()
        problems.append(f"{file} says guided: {said}, set it to {right}")
    which = f"{weights}: the weights"
    if weights is None:
        which, remedy = "the bundled weights", f"{remedy}, or name --checkpoint_dir"
    if edges != guided:
        problems.append(remedy)
    if problems:
        found = "guided" if guided else "not guided"
        raise InputError(f"{which} are {found}: {'; '.join(problems)}")
