"""Pictures made of numbers: what teaches a network to go on with lines and textures.

Each `draw_*` takes a `numpy.random.Generator` and a side in pixels and returns RGB,
float32 `[side, side, 3]` in [0, 1]. `draw` picks among them.
"""

import cv2
import numpy as np


def noise(rng, side, exponent):
    """Noise whose amplitude falls as 1/frequency^exponent: `[side, side]` in [0, 1].

    Natural photographs have an exponent near 1 (Field, J. Opt. Soc. Am. A 4, 1987).
    """
    rows, columns = np.fft.fftfreq(side), np.fft.rfftfreq(side)
    frequency = np.hypot(rows[:, np.newaxis], columns)
    frequency[0, 0] = 1.0
    spectrum = np.fft.rfft2(rng.standard_normal((side, side))) / frequency**exponent
    plane = np.fft.irfft2(spectrum, (side, side))
    plane -= plane.mean()
    return np.clip(0.5 + plane / (5.0 * plane.std() + 1e-9), 0, 1).astype(np.float32)


def palette(rng, count):
    """`[count, 3]` colours that go together: around one, more or less far from it."""
    base = rng.random(3)
    base += rng.uniform(0, 0.9) * (base.mean() - base)  # few things are vivid
    spread = rng.choice([0.08, 0.2, 0.45])
    return np.clip(base + spread * rng.standard_normal((count, 3)), 0, 1)


def gradient(rng, side):
    """`[side, side]` in [0, 1], linear in one direction or round a centre."""
    y, x = np.mgrid[0:side, 0:side] / side
    if rng.random() < 0.6:
        angle = rng.uniform(0, 2 * np.pi)
        plane = x * np.cos(angle) + y * np.sin(angle)
    else:
        plane = np.hypot(y - rng.uniform(-0.5, 1.5), x - rng.uniform(-0.5, 1.5))
    plane = (plane - plane.min()) / np.ptp(plane)
    return (plane ** rng.uniform(0.5, 2)).astype(np.float32)


def coloured(rng, plane):
    """A plane of shades between two colours."""
    low, high = palette(rng, 2)
    return (low + plane[..., np.newaxis] * (high - low)).astype(np.float32)


def draw_noise(rng, side):
    """Clouds: 1/f noise, each channel partly its own."""
    exponent = rng.uniform(0.7, 2.2)
    shared = noise(rng, side, exponent)
    picture = coloured(rng, shared)
    own = np.stack([noise(rng, side, exponent) for _ in range(3)], axis=-1) - 0.5
    return np.clip(picture + rng.uniform(0, 0.4) * own, 0, 1)


def draw_gradient(rng, side):
    """A sky: two gradients, blended."""
    return (coloured(rng, gradient(rng, side)) + coloured(rng, gradient(rng, side))) / 2


def draw_stripes(rng, side):
    """Stripes or checks, straight or waving, hard or soft."""
    y, x = np.mgrid[0:side, 0:side].astype(np.float32)
    angle, period = rng.uniform(0, np.pi), np.exp(rng.uniform(np.log(5), np.log(80)))
    bend = rng.choice([0.0, rng.uniform(0, 12)])
    wave = bend * np.sin(2 * np.pi * x / rng.uniform(60, 300))
    along = (x * np.cos(angle) + (y + wave) * np.sin(angle)) / period
    plane = np.sin(2 * np.pi * along)
    if rng.random() < 0.4:
        across = (-x * np.sin(angle) + y * np.cos(angle)) / period
        plane = plane * np.sin(2 * np.pi * across)
    hardness = np.exp(rng.uniform(0, 3))
    return coloured(rng, 0.5 + 0.5 * np.tanh(hardness * plane) / np.tanh(hardness))


def draw_grid(rng, side):
    """A wall or floor of tiles or bricks in perspective."""
    size = 2 * side
    flat = np.empty((size, size, 3), np.float32)
    colours = palette(rng, 6)
    flat[:] = palette(rng, 1)[0]
    height = int(rng.integers(12, 70))
    width = int(height * rng.choice([1.0, 2.0, 3.0]))
    joint = int(rng.integers(1, 5))
    shift = rng.choice([0, width // 2])
    for row, top in enumerate(range(0, size, height)):
        for left in range(-width, size, width):
            corner = left + shift * (row % 2) + joint
            colour = colours[rng.integers(len(colours))].tolist()
            ends = (corner + width - 2 * joint, top + height - joint)
            cv2.rectangle(flat, (corner, top + joint), ends, colour, cv2.FILLED)
    corners = np.float32([[0, 0], [side, 0], [side, side], [0, side]])
    source = corners + side / 2 + rng.uniform(-0.4, 0.4, (4, 2)) * side
    matrix = cv2.getPerspectiveTransform(source.astype(np.float32), corners)
    return cv2.warpPerspective(
        flat, matrix, (side, side), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT
    )


SURFACES = (draw_noise, draw_gradient, draw_stripes, draw_grid)


def surface(rng, side):
    """One of the above, or a flat colour."""
    kind = rng.integers(len(SURFACES) + 1)
    if kind == len(SURFACES):
        return np.full((side, side, 3), palette(rng, 1)[0], np.float32)
    return SURFACES[kind](rng, side)


def shape(rng, side):
    """The outline of something: `[side, side]` float32 in [0, 1], its rim smooth."""
    plane = np.zeros((side, side), np.uint8)
    # Few large and many small ones, as in pictures of a world of things in depth
    # (dead leaves; Lee, Mumford, Huang, Int. J. Comput. Vis. 41, 2001).
    radius = min(12.0 / np.sqrt(rng.uniform(0.002, 1.0)), 0.6 * side)
    centre = rng.uniform(-0.1, 1.1, 2) * side
    kind = rng.integers(4)
    if kind == 0:
        axes = radius * rng.uniform(0.3, 1.2, 2)
        box = (centre.tolist(), (2 * axes).tolist(), rng.uniform(0, 180))
        cv2.ellipse(plane, box, 255, cv2.FILLED, cv2.LINE_AA)
    elif kind == 1:
        box = (
            centre.tolist(),
            (2 * radius * rng.uniform(0.1, 1.2, 2)).tolist(),
            rng.choice([0.0, rng.uniform(0, 90)]),
        )
        corners = np.int32(np.rint(cv2.boxPoints(box)))
        cv2.fillPoly(plane, [corners], 255, cv2.LINE_AA)
    elif kind == 2:
        angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 9)))
        rim = centre + radius * rng.uniform(0.4, 1.2, (len(angles), 1)) * np.stack(
            [np.cos(angles), np.sin(angles)], axis=-1
        )
        cv2.fillPoly(plane, [np.int32(np.rint(rim))], 255, cv2.LINE_AA)
    else:
        ends = np.int32(rng.uniform(-0.2, 1.2, (2, 2)) * side)
        thickness = int(rng.integers(1, max(2, int(radius / 3))))
        cv2.line(plane, *ends.tolist(), 255, thickness, cv2.LINE_AA)
    return plane.astype(np.float32) / 255


def draw_leaves(rng, side, surfaces=()):
    """Things before things, each with a surface of its own or one of `surfaces`."""
    textures = [*surfaces, *(surface(rng, side) for _ in range(4))]
    picture = textures[rng.integers(len(textures))].copy()
    for _ in range(int(rng.integers(8, 80))):
        alpha = shape(rng, side)[..., np.newaxis]
        if rng.random() < 0.5:
            paint = palette(rng, 1)[0].astype(np.float32)
        else:
            paint = textures[rng.integers(len(textures))]
            paint = np.roll(paint, rng.integers(0, side, 2), axis=(0, 1))
        if rng.random() < 0.3:  # its shadow
            dark = cv2.GaussianBlur(np.roll(alpha, 6, axis=(0, 1)), (0, 0), 4)
            picture = picture * (1 - 0.5 * dark[..., np.newaxis])
        picture = picture + alpha * (paint - picture)
    return picture


def draw_writing(rng, side):
    """Lines of letters on a surface."""
    letters = np.zeros((side, side), np.uint8)
    scale, thickness = rng.uniform(0.4, 1.8), int(rng.integers(1, 4))
    font = int(rng.choice([cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_TRIPLEX]))
    for y in range(10, side + 20, int(30 * scale) + 8):
        line = "".join(chr(c) for c in rng.integers(65, 123, 24))
        at = (int(rng.integers(-20, 20)), y)
        cv2.putText(letters, line, at, font, scale, 255, thickness, cv2.LINE_AA)
    picture, colour = surface(rng, side), palette(rng, 1)[0]
    return picture + letters[..., np.newaxis] / 255.0 * (colour - picture)


def draw(rng, side, surfaces=()):
    """A picture of any kind, a little blurred or noisy, as a camera's may be."""
    kind = rng.random()
    if kind < 0.7:
        picture = draw_leaves(rng, side, surfaces)
    elif kind < 0.78:
        picture = draw_writing(rng, side)
    else:
        picture = surface(rng, side)
        other = surface(rng, side)
        picture = picture + rng.uniform(0, 0.5) * (other - picture)
    picture = picture * (0.6 + 0.4 * gradient(rng, side)[..., np.newaxis])
    if rng.random() < 0.6:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.6))
    picture = picture + rng.choice([0.0, 0.015, 0.04]) * rng.standard_normal(
        picture.shape
    )
    return np.clip(picture, 0, 1).astype(np.float32)
