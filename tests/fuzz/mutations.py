"""Seeded mutations of a file's bytes.

for seed in range(cases):
    damaged = mutated(whole, random.Random(seed))
"""

_EXTREMES = (0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF)
_HEADER = 64  # bytes


def mutated(data, rng):
    """The bytes with one to three mutations, drawn from a `random.Random`."""
    for _ in range(rng.randint(1, 3)):
        data = rng.choice(MUTATIONS)(data, rng)
    return data


def flipped(data, rng):
    """Up to eight bits are turned over."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 8) if changed else 0):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def truncated(data, rng):
    """The end is missing."""
    return data[: rng.randint(0, len(data))]


def spliced(data, rng):
    """A piece is left out, said twice, or stands in another place too."""
    start, end = sorted(rng.randint(0, len(data)) for _ in range(2))
    to = rng.choice([start, end, rng.randint(0, len(data))])
    piece = data[start:end][: rng.choice([4, 64, len(data)])]
    kept_from = rng.choice([to, min(to + len(piece), len(data))])
    return rng.choice([data[:start] + data[end:], data[:to] + piece + data[kept_from:]])


def header_edited(data, rng):
    """One, two or four bytes near the beginning have an extreme value."""
    size = rng.choice([1, 2, 4])
    place = rng.randint(0, max(min(len(data), _HEADER) - size, 0))
    value = bytes(rng.choice(_EXTREMES) for _ in range(size))
    return data[:place] + value + data[place + size :]


def blanked(data, rng):
    """A piece is all zeros."""
    start, end = sorted(rng.randint(0, len(data)) for _ in range(2))
    return data[:start] + bytes(end - start) + data[end:]


MUTATIONS = (flipped, truncated, spliced, header_edited, blanked)
