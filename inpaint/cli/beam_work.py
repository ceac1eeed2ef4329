"""What `inpaint beam` does with a line of a list, wherever that is: as `inpaint fill`.

Apache Beam takes this to its processes, which read, fill and encode by it.
"""

import logging
import tempfile
from dataclasses import dataclass
from typing import Optional

from inpaint.cli import common, fill_list, model, pictures
from inpaint.errors import InputError
from inpaint.pictures import images

_HUB = "hf://"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Filling:
    """A `scale.pipeline.Work`.

    `weights`: of `Inpainter.load`, or an address that Beam knows. `quality`: of JPEG.
    """

    weights: Optional[str]
    settings: common.Settings
    reading: pictures.Reading
    quality: Optional[int] = None

    def parse(self, flist, number, text):
        """The `fill_list.Line` of a row."""
        if "\0" in text:
            raise InputError("expected text")
        return fill_list.parse(flist, number, text, None)

    def read(self, line):
        """The `pictures.Picture` of a line, without its sketch."""
        from inpaint.scale import places, stages

        image, mask = places.to_read(line.image), places.to_read(line.mask)
        picture = pictures.read(image, mask, None, self.reading)
        places.check_output(line.output, picture.mask.shape)
        if picture.doubt:
            stages.count("doubtful")
            _log.warning("%s %s", line.mask, picture.doubt)
        return picture

    def load(self):
        """The Inpainter, which fills as it does for `inpaint fill` of a list."""
        from inpaint.scale import places

        common.prepare_libraries()
        with tempfile.TemporaryDirectory() as folder:
            weights = self.weights
            if weights and places.is_address(weights) and not weights.startswith(_HUB):
                weights = places.fetched(weights, folder)
            return model.load(weights, self.settings, None, None, pictures=2)

    def fill(self, inpainter, line, picture):
        """The picture, filled; as it is where it has no hole."""
        picture = self._with_sketch(inpainter, line, picture)
        if not picture.mask.any():
            return picture
        filled = model.fill(inpainter, picture, line.image)
        return picture._replace(image=filled)

    def encode(self, line, picture):
        """The bytes of the file that is written."""
        return images.encode_image(
            line.output, picture.image, picture.metadata, self.quality
        )

    def _with_sketch(self, inpainter, line, picture):
        from inpaint.scale import places

        (line,) = fill_list.sketched(
            [line], inpainter.guided, "--checkpoint_dir", places.is_there
        )
        if line.edge is None:
            return picture
        edge = places.to_read(line.edge)
        return pictures.with_sketch(picture, line.image, edge, self.reading)
