"""The clients in serving/, against an endpoint that speaks the server's wire formats.

A contract check, not TensorFlow Serving: see serving_endpoint.py.
"""

import importlib.util
import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

SERVING = Path(__file__).resolve().parent.parent / "serving"
NEEDS_API = "needs tensorflow-serving-api, the extra serving"

serving_endpoint = pytest.importorskip("serving_endpoint", reason=NEEDS_API)


@pytest.fixture(scope="module")
def client_grpc():
    path = SERVING / "client_grpc.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def files(tmp_path):
    """Paths of an image, a mask and an edge, and their pixels by name."""
    rng = np.random.default_rng(0)
    pixels = {
        "image": rng.integers(0, 256, (1, 45, 71, 3), np.uint8),
        "mask": np.zeros((1, 45, 71, 1), np.uint8),
        "edge": rng.integers(0, 256, (1, 45, 71, 1), np.uint8),
    }
    pixels["mask"][:, 10:30, 20:50] = 255
    paths = {name: tmp_path / f"{name}.png" for name in pixels}
    for name, path in paths.items():
        path.write_bytes(tf.io.encode_png(pixels[name][0]).numpy())
    return paths, pixels


def options(paths, *names):
    return [word for name in names for word in (f"--{name}", str(paths[name]))]


def run_rest(*arguments):
    """The REST client as a program that has nothing but Python's library."""
    return subprocess.run(
        [sys.executable, "-I", "-S", SERVING / "client_rest.py", *arguments],
        capture_output=True,
        text=True,
    )


def read(path):
    return tf.io.decode_png(path.read_bytes()).numpy()


@pytest.mark.parametrize("form", [[], ["--columnar"]], ids=["row", "columnar"])
@pytest.mark.parametrize("kind", ["plain", "guided"])
def test_rest_client(small_exports, files, tmp_path, kind, form):
    paths, pixels = files
    names = ["image", "mask"] + ["edge"] * (kind == "guided")
    served = getattr(small_exports, kind).served
    output = tmp_path / "output.png"
    with serving_endpoint.rest(served.predict) as url:
        done = run_rest(
            *options(paths, *names), "--output", output, "--url", url, *form
        )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    expected = served.predict(**{name: pixels[name] for name in names})["completed"]
    np.testing.assert_array_equal(read(output), expected[0])


def test_rest_client_shows_the_servers_reason(small_exports, files, tmp_path):
    paths, _ = files
    paths["mask"].write_bytes(b"hello")
    output = tmp_path / "output.png"
    arguments = [*options(paths, "image", "mask"), "--output", output, "--url"]
    with serving_endpoint.rest(small_exports.plain.served.predict) as url:
        done = run_rest(*arguments, url)
        missing = run_rest(*arguments, f"{url}2")
    assert done.returncode == 1
    assert done.stderr.startswith("HTTP 400: ")
    assert "mask_bytes[0]: expected the bytes of a PNG" in done.stderr
    assert missing.stderr.startswith("HTTP 404: ")
    alone = run_rest(*arguments, url)
    assert alone.returncode == 1
    assert alone.stderr.count("\n") == 1
    assert not output.exists()


def test_rest_takes_pixels_in_either_form(small_exports, files):
    """As docs/serving.md says; slow for pictures of any size worth sending."""
    _, pixels = files
    served = small_exports.plain.served
    arrays = {name: pixels[name] for name in ("image", "mask")}
    lists = {name: array.tolist() for name, array in arrays.items()}
    instances = [{name: value[0] for name, value in lists.items()}]
    expected = served.predict(**arrays)["completed"].tolist()
    bodies = {"predictions": {"instances": instances}, "outputs": {"inputs": lists}}
    with serving_endpoint.rest(served.predict) as url:
        for key, body in bodies.items():
            content = json.dumps(body).encode()
            request = urllib.request.Request(f"{url}:predict", content)
            with urllib.request.urlopen(request) as response:
                assert json.load(response) == {key: expected}


@pytest.mark.parametrize("form", [[], ["--arrays"]], ids=["files", "arrays"])
@pytest.mark.parametrize("kind", ["plain", "guided"])
def test_grpc_client(
    small_exports, client_grpc, files, tmp_path, monkeypatch, kind, form
):
    paths, pixels = files
    names = ["image", "mask"] + ["edge"] * (kind == "guided")
    served = getattr(small_exports, kind).served
    output = tmp_path / "output.png"
    with serving_endpoint.serving_grpc(served.predict) as server:
        arguments = [*options(paths, *names), "--output", str(output), *form]
        arguments = ["client_grpc.py", *arguments, "--server", server]
        monkeypatch.setattr(sys, "argv", arguments)
        client_grpc.main()
    expected = served.predict(**{name: pixels[name] for name in names})["completed"]
    np.testing.assert_array_equal(read(output), expected[0])


def test_grpc_client_shows_the_servers_reason(
    small_exports, client_grpc, files, monkeypatch
):
    paths, _ = files
    paths["mask"].write_bytes(b"hello")
    arguments = ["client_grpc.py", *options(paths, "image", "mask"), "--server"]
    with serving_endpoint.serving_grpc(small_exports.plain.served.predict) as server:
        monkeypatch.setattr(sys, "argv", [*arguments, server])
        with pytest.raises(SystemExit) as error:
            client_grpc.main()
        assert error.value.code.startswith("INVALID_ARGUMENT: ")
        assert "mask_bytes[0]: expected the bytes of a PNG" in error.value.code
        monkeypatch.setattr(sys, "argv", [*arguments, server, "--model", "other"])
        with pytest.raises(SystemExit, match=r"^NOT_FOUND: Servable not found"):
            client_grpc.main()


def test_grpc_client_receives_more_than_4_mib(client_grpc):
    image = np.full((1, 1000, 1000, 3), 200, np.uint8)
    assert 2 * image.nbytes > 4 * 2**20  # a value above 127 takes two bytes

    def give_back(signature, image, mask):
        return {"completed": image}

    with serving_endpoint.serving_grpc(give_back) as server:
        answer = client_grpc.fill_arrays(server, "inpaint", image, image[..., :1])
    np.testing.assert_array_equal(answer, image)


def test_models_config_is_the_servers_message():
    from google.protobuf import text_format
    from tensorflow_serving.config import model_server_config_pb2

    text = (SERVING / "models.config").read_text(encoding="utf-8")
    message = model_server_config_pb2.ModelServerConfig()
    (config,) = text_format.Parse(text, message).model_config_list.config
    assert (config.name, config.base_path) == ("inpaint", "/models/inpaint")
    # Those lines that are commented out read as well.
    uncommented = text.replace("    # model_version", "    model_version")
    uncommented = uncommented.replace("    # version_labels", "    version_labels")
    message = model_server_config_pb2.ModelServerConfig()
    (config,) = text_format.Parse(uncommented, message).model_config_list.config
    assert list(config.model_version_policy.specific.versions) == [1, 2]
    assert dict(config.version_labels) == {"stable": 1, "canary": 2}
