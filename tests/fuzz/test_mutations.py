"""mutations.py: the same of the same seed, and every kind is drawn."""

import random

import pytest

from fuzz.mutations import MUTATIONS, mutated

DATA = bytes(range(200))


def test_a_seed_says_all():
    first, again = ([mutated(DATA, random.Random(i)) for i in range(50)] for _ in "ab")
    assert first == again
    assert len(set(first)) > 40


@pytest.mark.parametrize("mutation", MUTATIONS)
@pytest.mark.parametrize("data", [DATA, b"x", b""])
def test_each_kind_takes_any_bytes(mutation, data):
    made = [mutation(data, random.Random(seed)) for seed in range(20)]
    assert all(isinstance(each, bytes) for each in made)
    if data == DATA:
        assert any(each != data for each in made)
