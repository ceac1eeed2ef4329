"""LPIPS by stand-in weights: a value by hand, a naive second reading, bad files."""

import numpy as np
import pytest

from inpaint.errors import InputError
from inpaint.evaluation.lpips import LPIPS

# Convolutions by torchvision's numbers: (size, stride, padding), in order; a number is
# what precedes it in brackets: max pooling (size), and what is compared ends a block.
ALEXNET = [[(0, 11, 4, 2)], 3, [(3, 5, 1, 2)], 3, [(6, 3, 1, 1)], [(8, 3, 1, 1)]]
ALEXNET += [[(10, 3, 1, 1)]]
VGG16 = [[(0, 3, 1, 1), (2, 3, 1, 1)], 2, [(5, 3, 1, 1), (7, 3, 1, 1)], 2]
VGG16 += [[(n, 3, 1, 1) for n in (10, 12, 14)], 2]
VGG16 += [[(n, 3, 1, 1) for n in (17, 19, 21)], 2]
VGG16 += [[(n, 3, 1, 1) for n in (24, 26, 28)]]
CHANNELS = (4, 6, 5, 3, 2)  # of the five blocks


def weights(layers, seed=0):
    """Random arrays by name, a few channels wide."""
    rng = np.random.RandomState(seed)
    found, incoming = {}, 3
    blocks = [layer for layer in layers if isinstance(layer, list)]
    for depth, (block, channels) in enumerate(zip(blocks, CHANNELS)):
        for number, size, _, _ in block:
            shape = (channels, incoming, size, size)
            kernel = rng.randn(*shape) * np.sqrt(2 / np.prod(shape[1:]))
            found[f"features.{number}.weight"] = kernel.astype(np.float32)
            found[f"features.{number}.bias"] = rng.randn(channels).astype(np.float32)
            incoming = channels
        lin = rng.rand(1, channels, 1, 1).astype(np.float32)
        found[f"lin{depth}.model.1.weight"] = lin
    return found


def saved(path, arrays):
    np.savez(path, **arrays)
    return str(path)


def windows(x, size, stride):
    """`[H', W', C, size, size]` of `[H, W, C]`."""
    view = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(0, 1))
    return view[::stride, ::stride]


def naive(layers, arrays, *pictures):
    """The distance in float64, straight from the paper's formula."""
    shift, scale = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
    pair = [(x / 127.5 - 1 - np.array(shift)) / scale for x in pictures]
    distance, depth = 0.0, 0
    for layer in layers:
        if not isinstance(layer, list):
            pair = [windows(x, layer, 2).max(axis=(-2, -1)) for x in pair]
            continue
        for number, size, stride, padding in layer:
            kernel = arrays[f"features.{number}.weight"].astype(float)
            bias = arrays[f"features.{number}.bias"]
            padded = (np.pad(x, [(padding,) * 2] * 2 + [(0, 0)]) for x in pair)
            pair = [
                np.einsum("hwcij,dcij->hwd", windows(x, size, stride), kernel) + bias
                for x in padded
            ]
            pair = [np.maximum(x, 0) for x in pair]
        unit = [x / (np.linalg.norm(x, axis=-1, keepdims=True) + 1e-10) for x in pair]
        lin = arrays[f"lin{depth}.model.1.weight"].reshape(-1)
        distance += (np.square(unit[0] - unit[1]) @ lin).mean()
        depth += 1
    return distance


def pictures(height, width):
    rng = np.random.RandomState(1)
    return [rng.randint(0, 256, (height, width, 3)).astype(np.uint8) for _ in range(2)]


@pytest.mark.parametrize(
    ("layers", "network", "size"),
    [
        (ALEXNET, "AlexNet", (47, 40)),
        (ALEXNET, "AlexNet", (31, 31)),
        (VGG16, "VGG16", (37, 33)),
        (VGG16, "VGG16", (16, 16)),
    ],
)
def test_distance_is_the_papers(tmp_path, layers, network, size):
    arrays = weights(layers)
    lpips = LPIPS(saved(tmp_path / "weights.npz", arrays))
    pair = pictures(*size)
    assert lpips.network == network
    assert min(size) >= lpips.smallest
    assert lpips(*pair) == pytest.approx(naive(layers, arrays, *pair), rel=1e-4)
    assert lpips(pair[0], pair[0]) == 0


def test_a_distance_by_hand(tmp_path):
    """Black has the features (3, 0), white (3, 4): unit vectors (1, 0), (0.6, 0.8).

    Squared differences 0.16 and 0.64, weighted by 1 and 0.5: 0.48 at every pixel. The
    layers further in are 0 and add nothing.
    """
    arrays = {name: np.zeros_like(value) for name, value in weights(ALEXNET).items()}
    # The middle of the kernel's green: black is (−1 + 0.088) / 0.448 there, white is
    # 2 / 0.448 more.
    arrays["features.0.weight"][1, 1, 5, 5] = 4 / (2 / 0.448)
    arrays["features.0.bias"][:2] = 3, 4 / 2 * (1 - 0.088)
    arrays["lin0.model.1.weight"][0, :2, 0, 0] = 1, 0.5
    lpips = LPIPS(saved(tmp_path / "weights.npz", arrays))
    black, white = (np.full((31, 35, 3), level, np.uint8) for level in (0, 255))
    assert lpips(black, white) == pytest.approx(0.48, abs=1e-5)


def test_names_of_the_lpips_package(tmp_path):
    arrays = weights(ALEXNET)
    slices = {"0": 1, "3": 2, "6": 3, "8": 4, "10": 5}
    renamed = {"scaling_layer.shift": np.zeros((1, 3, 1, 1))}
    for name, value in arrays.items():
        prefix, number, *rest = name.split(".")
        if prefix == "features":
            name = ".".join(["net", f"slice{slices[number]}", number, *rest])
        else:
            renamed[f"lins.{prefix[3:]}.model.1.weight"] = value
        renamed[name] = value
    first, second = (
        LPIPS(saved(tmp_path / f"{name}.npz", found))(*pictures(40, 40))
        for name, found in (("torchvision", arrays), ("lpips", renamed))
    )
    assert first == second


def without(arrays, name):
    return {key: value for key, value in arrays.items() if key != name}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda found: without(found, "lin3.model.1.weight"),
            r"AlexNet's lin3\.model\.1\.weight is missing, expected \[1, 3, 1, 1\]",
        ),
        (
            lambda found: without(found, "features.6.bias"),
            r"AlexNet's 6\.bias is missing, expected \[5\]",
        ),
        (
            lambda found: {**found, "features.3.weight": np.zeros((6, 4, 3, 3))},
            r"3\.weight: expected \[any, 4, 5, 5\], got \[6, 4, 3, 3\]",
        ),
        (
            lambda found: {**found, "features.5.bias": np.zeros(2)},
            r"expected the layers of AlexNet or VGG16 .*\[0, 3, 5, 6, 8, 10\]",
        ),
        (
            lambda found: {**found, "features.0.bias": np.full(4, np.nan)},
            r"AlexNet's 0\.bias: expected finite float32 numbers",
        ),
        (
            lambda found: {**found, "lin0.model.1.weight": np.full((1, 4, 1, 1), 1e39)},
            r"lin0\.model\.1\.weight: expected finite float32 numbers",
        ),
        (lambda found: {"a": np.zeros(2)}, r"expected the layers of AlexNet or VGG16"),
        (lambda found: {"a": np.array([None])}, "not an .npz file of arrays"),
    ],
)
def test_files_of_other_networks(tmp_path, change, message):
    path = saved(tmp_path / "weights.npz", change(weights(ALEXNET)))
    with pytest.raises(InputError, match=message) as caught:
        LPIPS(path)
    assert str(caught.value).startswith(path)


@pytest.mark.parametrize("content", [b"", b"PK\3\4 no archive", b"text", None])
def test_files_that_cannot_be_read(tmp_path, content):
    path = tmp_path / "weights.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"weights\.npz: cannot be read: "):
        LPIPS(str(path))


@pytest.mark.parametrize("place", [0.2, 0.5, 0.9])
def test_files_damaged_inside(tmp_path, place):
    path = tmp_path / "weights.npz"
    np.savez_compressed(path, **weights(ALEXNET))
    content = bytearray(path.read_bytes())
    first = int(place * len(content))
    content[first : first + 60] = bytes(255 - byte for byte in content[first:][:60])
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"weights\.npz"):
        LPIPS(str(path))


def test_a_single_array_is_no_npz(tmp_path):
    np.save(tmp_path / "weights.npy", np.zeros(3))
    with pytest.raises(InputError, match=r"not an \.npz file of arrays"):
        LPIPS(str(tmp_path / "weights.npy"))
