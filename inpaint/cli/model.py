"""Loads a command's network; checks that settings and weights agree; runs it.

TensorFlow is imported by `load`, so a command checks first what it can check without.
"""

from inpaint.cli import common, interruptible
from inpaint.errors import InputError

LONG = 10  # seconds: how long it will take is told of a fill that takes longer


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
    inpainter = open_weights(weights, settings, settings.config.strategy)
    if edges is not None:
        _require_agreement(inpainter.guided, weights, settings, edges, remedy)
    if pictures > 1:
        inpainter.trace()
    return inpainter


def open_weights(weights, settings, strategy="exact"):
    """`load` without a look at whether the settings say guided.

    Measures are of `exact`, the published definition, whatever the settings say.
    """
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
    fixed = inpainter.generator.fixed_size is not None
    if fixed and strategy not in ("auto", "exact"):
        raise InputError(
            f"strategy: {strategy}: the network takes pictures of one size: auto or "
            "exact"
        )
    inpainter.strategy = strategy
    inpainter.context = config.context
    inpainter.postprocess = config.postprocess
    return inpainter


def remark(inpainter, mask):
    """What is told before a picture is filled: ("note" or "warning", message) or None.

    Args:
      inpainter: an `Inpainter`, or a `method.Method`, which has no plans.
      mask: bool `[H, W]`, True in the hole.
    """
    if not hasattr(inpainter, "plan"):
        return None
    plan = inpainter.plan(mask)
    told = [] if plan.remark is None else [plan.remark]
    kind = "warning" if told and plan.strategy == "exact" else "note"
    estimate = interruptible.call(inpainter.estimate, mask)
    if estimate is not None and estimate.seconds > LONG:
        told.append(str(estimate))
    return (kind, "; ".join(told)) if told else None


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
        return interruptible.call(
            inpainter, picture.image, picture.mask, edge, **options
        )
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
