"""Libraries of the system that OpenCV wants and a server does not have."""

import os
import re
import traceback

# Debian's and Ubuntu's packages, by the beginnings of their libraries' names.
_PACKAGES = {
    "libGL": "libgl1",
    "libgthread": "libglib2.0-0",
    "libglib": "libglib2.0-0",
    "libxcb": "libxcb1",
    "libSM": "libsm6",
    "libICE": "libice6",
    "libXext": "libxext6",
    "libXrender": "libxrender1",
    "libX11": "libx11-6",
}


def missing(error):
    """One line on an ImportError of OpenCV that a library is the reason of, or None."""
    library = re.match(r"(lib[^\s:]+\.so[^\s:]*): ", str(error))
    files = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    if not library or not any("cv2" in name.split(os.sep) for name in files):
        return None
    names = [name for name in _PACKAGES if library[1].startswith(name)]
    package = _PACKAGES[names[0]] if names else "the package that has it"
    return (
        f"OpenCV cannot be loaded: {error}: `apt-get install {package}`, or `pip "
        "install opencv-python-headless` in the place of opencv-python"
    )
