"""What the page of `inpaint paint` fills with: as `inpaint fill`, file to file."""

from inpaint.cli import common, interruptible, method, model, pictures
from inpaint.errors import InputError
from inpaint.pictures import images

_WARM_UP = 256  # pixels, the sides of what is filled before the first picture


class Network:
    """A network with its weights, loaded once.

    Args:
      name: by which it is chosen.
      weights: see `Inpainter.load`.
      settings: `common.Settings`.
    """

    guided = attention = False

    def __init__(self, name, weights, settings):
        self.name = self.title = name
        self._weights, self._settings = weights, settings
        self._loaded = None

    def load(self):
        """Loads it, and fills once: the first time libraries prepare themselves."""
        self._loaded = interruptible.call(self._load)

    def _load(self):
        import numpy as np

        strategy = self._settings.config.strategy
        loaded = model.open_weights(self._weights, self._settings, strategy)
        self.guided = loaded.guided
        self.attention = loaded.generator.has_attention
        side = loaded.generator.fixed_size or [_WARM_UP] * 2
        mask = np.zeros(side, bool)
        mask[side[0] // 3 : -(side[0] // 3), side[1] // 3 : -(side[1] // 3)] = True
        edge = np.zeros(side, bool) if self.guided else None
        _fresh(loaded)(np.zeros([*side, 3], np.uint8), mask, edge)
        return loaded

    def fill(self, image, mask, edge, output, progress):
        """Writes the file that `inpaint fill` writes; see `filler.Filler`."""
        picture = _read(image, mask, edge, self._settings)
        inpainter = _fresh(self._loaded)
        filled = model.fill(inpainter, picture, image, progress=progress)
        images.write_image(output, filled, picture.metadata)

    def attend(self, image, mask, edge, output, progress):
        """Writes the picture that `inpaint fill --attention` writes."""
        if not self.attention:
            raise InputError(f"{self.name}: the network has no attention")
        picture = _read(image, mask, edge, self._settings)
        inpainter = _fresh(self._loaded)
        inpainter.strategy = "exact"
        progress(0, 1)
        details = model.fill(inpainter, picture, image, return_details=True)
        images.write_image(output, details.offsets)


class Classical:
    """A method without a network; see `Network`."""

    guided = attention = False

    def __init__(self, name, title, settings):
        self.name, self.title = name, title
        self._settings = settings

    def load(self):
        pass

    def fill(self, image, mask, edge, output, progress):
        """Writes the file that `inpaint fill --method` writes."""
        if edge is not None:
            raise InputError(f"{self.name}: takes no sketch")
        picture = _read(image, mask, None, self._settings)
        if picture.mask.all():
            raise InputError(f"{mask} {picture.doubt}: no pixel to go on from")
        progress(0, 1)
        filled = model.fill(method.Method(self.name), picture, image)
        images.write_image(output, filled, picture.metadata)

    def attend(self, image, mask, edge, output, progress):
        raise InputError(f"{self.name}: there is no attention")


def choices(named, settings):
    """All that the page fills with.

    Args:
      named: list of (name, weights); the weights that come with the package if empty.
      settings: `common.Settings`.

    Raises:
      InputError: two have one name.
    """
    from inpaint.evaluation import classical

    titles = {"telea": "Telea", "navier_stokes": "Navier–Stokes"}
    titles["patch_match"] = "PatchMatch"
    found = [Network(*pair, settings) for pair in named or [("bundled weights", None)]]
    found += [Classical(x, titles.get(x, x), settings) for x in classical.METHODS]
    names = [choice.name for choice in found]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"--model: {name!r} twice: give it as NAME={name}")
    return found


def _read(image, mask, edge, settings):
    reading = pictures.Reading(max_pixels=settings.config.max_pixels)
    picture = pictures.read(image, mask, edge, reading)
    if not picture.mask.any():
        raise InputError("nothing is painted over: nothing to fill")
    return picture


def _fresh(loaded):
    """An Inpainter of its network that has not been called yet, as a command's.

    Later calls use graphs, whose levels may differ by one.
    """
    with common.quiet_imports():
        from inpaint.inference import Inpainter
    return Inpainter(
        loaded.generator,
        loaded.edge_threshold,
        loaded.postprocess,
        loaded.strategy,
        loaded.context,
    )
