"""Fills a hole through TensorFlow Serving's REST interface.

    python serving/client_rest.py --image photo.jpg --mask mask.png --output filled.png

Python's standard library is all it needs. The files are sent as they are, so PNG,
JPEG, BMP and GIF will do; the answer is a PNG file. See docs/serving.md.
"""

import argparse
import base64
import json
import sys
import urllib.error
import urllib.request
from pathlib import Path


def fill(url, files, columnar=False, timeout=60):
    """The filled picture.

    Args:
      url: of the model, such as http://localhost:8501/v1/models/inpaint, or of one of
        its versions, …/versions/3.
      files: the files' bytes by input: image_bytes, mask_bytes and, for a guided
        model, edge_bytes.
      columnar: send a list for each input instead of a list of examples. Both can
        hold several pictures, of different sizes too.
      timeout: in seconds; the server gives up after 30 by itself.

    Returns:
      bytes of a PNG file.

    Raises:
      urllib.error.URLError: HTTPError if the server refuses, with its reason.
    """
    inputs = {
        name: {"b64": base64.b64encode(content).decode()}
        for name, content in files.items()
    }
    body = {"signature_name": "bytes"}
    if columnar:
        body["inputs"] = {name: [value] for name, value in inputs.items()}
    else:
        body["instances"] = [inputs]
    request = urllib.request.Request(f"{url}:predict", json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=timeout) as response:
        answer = json.load(response)
    # A model's only output stands there without its name.
    (completed,) = answer["outputs" if columnar else "predictions"]
    return base64.b64decode(completed["b64"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--image", type=Path, required=True)
    parser.add_argument("--mask", type=Path, required=True, help="hole where white")
    parser.add_argument("--edge", type=Path, help="sketch, for guided models")
    parser.add_argument("--output", type=Path, default="output.png", help="a PNG file")
    parser.add_argument("--url", default="http://localhost:8501/v1/models/inpaint")
    parser.add_argument("--columnar", action="store_true", help="`inputs` in JSON")
    arguments = parser.parse_args()
    try:
        files = {
            f"{name}_bytes": path.read_bytes()
            for name in ("image", "mask", "edge")
            if (path := getattr(arguments, name))
        }
        completed = fill(arguments.url, files, arguments.columnar)
        arguments.output.write_bytes(completed)
    except urllib.error.HTTPError as error:
        sys.exit(f"HTTP {error.code}: {error.read().decode(errors='replace')}")
    except OSError as error:  # no server, no file
        sys.exit(str(error))


if __name__ == "__main__":
    main()
