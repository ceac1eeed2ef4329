"""What is installed; pyproject.toml holds the build system and the tools' settings."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).resolve().parent
# The messages of TensorFlow Serving; pip takes the release of the TensorFlow in use.
SERVING_API = "tensorflow-serving-api>=2.15,<2.22"
# The converter, and what runs its output. onnx 1.19.0 forgot to say that it needs a
# newer ml-dtypes than TensorFlow 2.15 takes.
ONNX = [
    f'{requirement}; python_version >= "3.10"'  # tf2onnx for 3.9 wants protobuf 3
    for requirement in ("tf2onnx>=1.17", "onnx!=1.19.0", "onnxruntime>=1.16")
]
VERSION = (HERE / "inpaint" / "version.py").read_text(encoding="utf-8")

setup(
    name="inpaint",
    version=re.search(r'^__version__ = "(.+)"$', VERSION, re.MULTILINE).group(1),
    description="DeepFill v1 and v2 image inpainting for TensorFlow 2 and Keras",
    license="Apache-2.0",
    packages=find_packages(include=["inpaint", "inpaint.*"]),
    package_data={"inpaint": ["weights/*", "config/presets/*.yml", "py.typed"]},
    python_requires=">=3.9",
    install_requires=[
        "tensorflow>=2.15,<2.22",
        "keras>=2.15,<4",
        "numpy>=1.23.5",
        "opencv-python>=4.9,<6",
        "pyyaml>=6",
        "tensorboard>=2.15,<3",
        "h5py>=3.8",
    ],
    extras_require={
        # tensorflow-addons ended before Keras 3 and Python 3.12: it imports beside
        # Keras 2 only, and TensorFlow 2.15 is the last release that comes with it.
        "addons": [
            'tensorflow==2.15.1; python_version < "3.12"',
            'keras==2.15.*; python_version < "3.12"',
            'tensorflow-addons==0.23.*; python_version < "3.12"',
            # TensorFlow 2.15 needs numpy 1; OpenCV is built for numpy 2 from 4.12 on.
            'opencv-python<4.12; python_version < "3.12"',
            # TensorBoard 2.15 imports pkg_resources, which setuptools 82 has dropped.
            'setuptools<81; python_version < "3.12"',
        ],
        "gpu": ["tensorflow[and-cuda]"],
        # For serving/client_grpc.py; exporting and serving do without.
        "serving": [SERVING_API],
        # For `inpaint export --format onnx`.
        "onnx": ONNX,
        "dev": [
            "pytest>=8",
            "pytest-xdist>=3",
            # One minor version: the next one may format differently.
            "ruff>=0.17,<0.18",
            # For the plots of tools/curve.py and benchmarks/compare.py.
            "matplotlib>=3.7",
            # For its public-domain photographs.
            "scikit-image>=0.22",
            SERVING_API,
            *ONNX,
        ],
    },
    entry_points={"console_scripts": ["inpaint = inpaint.cli:main"]},
    classifiers=[
        "Programming Language :: Python :: 3",
        "Topic :: Scientific/Engineering :: Image Processing",
    ],
)
