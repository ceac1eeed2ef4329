"""Contextual attention straight from its definition: loops, NumPy, float64.

One picture at a time; slow, and sharing nothing with the package.
"""

from typing import NamedTuple

import numpy as np


class Result(NamedTuple):
    output: np.ndarray  # [h, w, C]
    offsets: np.ndarray  # [rows, columns, 2]
    attention: np.ndarray  # [P, Q]


def attend(
    foreground,
    background,
    mask=None,
    kernel_size=3,
    rate=2,
    fuse=True,
    fuse_kernel_size=3,
    softmax_scale=10.0,
    required=None,
):
    """`[h, w, C]`, `[h', w', C]`, `[h', w', 1]` → `Result`.

    Positions that are not `required` (`[rows, columns]` bool) paste nothing.
    """
    foreground, background, mask = (
        None if x is None else np.asarray(x, np.float64)
        for x in (foreground, background, mask)
    )
    f_size = [-(-size // rate) for size in foreground.shape[:2]]
    b_size = [-(-size // rate) for size in background.shape[:2]]
    f_places, b_places = list(np.ndindex(*f_size)), list(np.ndindex(*b_size))

    # Compared patches, of the small pictures.
    small_f, small_b = nearest(foreground, *f_size), nearest(background, *b_size)
    reach = kernel_size // 2
    queries = [cut(small_f, i - reach, j - reach, kernel_size) for i, j in f_places]
    keys = [cut(small_b, i - reach, j - reach, kernel_size) for i, j in b_places]
    keys = [key / max(np.sqrt((key * key).sum()), 1e-4) for key in keys]
    scores = np.array([[(query * key).sum() for key in keys] for query in queries])

    if fuse:
        scores = shifted_sums(scores, fuse_kernel_size // 2)
        f_columns, b_columns = column_major(*f_size), column_major(*b_size)
        by_columns = scores[f_columns][:, b_columns]
        by_columns = shifted_sums(by_columns, fuse_kernel_size // 2)
        scores = np.empty_like(scores)
        for p, row in zip(f_columns, by_columns):
            scores[p, b_columns] = row

    valid = np.ones(len(b_places))
    if mask is not None:
        small_mask = nearest(mask, *b_size)
        for q, (i, j) in enumerate(b_places):
            hole = cut(small_mask, i - reach, j - reach, kernel_size)
            valid[q] = not hole.any()
    exponents = np.exp(
        softmax_scale * (scores * valid)
        - softmax_scale * (scores * valid).max(axis=1, keepdims=True)
    )
    attention = exponents / exponents.sum(axis=1, keepdims=True) * valid

    # Raw patches, pasted with overlaps.
    size = 2 * rate
    f_margin = [same_margin(n, size, rate) for n in foreground.shape[:2]]
    b_margin = [same_margin(n, size, rate) for n in background.shape[:2]]
    raw = np.array(
        [
            cut(background, i * rate - b_margin[0], j * rate - b_margin[1], size)
            for i, j in b_places
        ]
    )
    output = np.zeros_like(foreground)
    for (i, j), weights in zip(f_places, attention):
        if required is not None and not required[i, j]:
            continue
        patch = np.tensordot(weights, raw, 1)
        for di, dj in np.ndindex(size, size):
            row, column = i * rate - f_margin[0] + di, j * rate - f_margin[1] + dj
            if 0 <= row < output.shape[0] and 0 <= column < output.shape[1]:
                output[row, column] += patch[di, dj] / 4

    best = attention.argmax(axis=1)
    width = f_size[1]
    offsets = [
        (q // width - i, q % width - j) for q, (i, j) in zip(best.tolist(), f_places)
    ]
    return Result(output, np.array(offsets).reshape(*f_size, 2), attention)


def nearest(x, rows, columns):
    """Corners aligned; halves round away from zero, in float32 as released."""

    def sources(before, after):
        if after == 1:
            return [0]
        step = np.float32(before - 1) / np.float32(after - 1)
        return [int(np.float32(i) * step + np.float32(0.5)) for i in range(after)]

    return x[sources(x.shape[0], rows)][:, sources(x.shape[1], columns)]


def cut(x, top, left, size):
    """A square of `[h, w, C]`, zeros outside."""
    patch = np.zeros((size, size, x.shape[2]))
    for i, j in np.ndindex(size, size):
        if 0 <= top + i < x.shape[0] and 0 <= left + j < x.shape[1]:
            patch[i, j] = x[top + i, left + j]
    return patch


def same_margin(size, kernel_size, stride):
    """Zeros before the first pixel under SAME padding."""
    places = -(-size // stride)
    return max((places - 1) * stride + kernel_size - size, 0) // 2


def shifted_sums(scores, reach):
    """S'[p, q] = Σ_{|d| ≤ reach} S[p + d, q + d], zero outside."""
    sums = np.zeros_like(scores)
    for p, q in np.ndindex(*scores.shape):
        for d in range(-reach, reach + 1):
            if 0 <= p + d < scores.shape[0] and 0 <= q + d < scores.shape[1]:
                sums[p, q] += scores[p + d, q + d]
    return sums


def column_major(rows, columns):
    """The row-major indices in column-major order."""
    return [i * columns + j for j in range(columns) for i in range(rows)]
