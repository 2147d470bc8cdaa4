from collections import Counter

import numpy as np
import pytest

from pyg_symm.metrics.molecules import similarity as module
from pyg_symm.metrics.molecules.similarity import (
    cosine_similarity,
    internal_diversities,
    internal_diversity,
    nearest_similarity,
)


def tanimoto(a, b):
    shared, union = (a & b).sum(), (a | b).sum()
    return shared / union if union else 1.0


@pytest.fixture(params=[0.05, 0.5])  # The second sets more bits than a byte counts to.
def bits(request):
    random = np.random.default_rng(0)
    rows = random.random((60, 1024)) < request.param
    rows[7] = False
    rows[8] = True
    rows[9] = rows[3]
    return rows


@pytest.mark.parametrize("chunk", [7, 16384])
def test_nearest(bits, chunk, monkeypatch):
    monkeypatch.setattr(module, "_CHUNK", chunk)
    packed = np.packbits(bits, axis=1)
    expected = [max(tanimoto(a, b) for b in bits[20:]) for a in bits]
    np.testing.assert_allclose(nearest_similarity(packed, packed[20:]), expected, rtol=1e-6)
    assert (nearest_similarity(packed, packed) == 1).all()


@pytest.mark.parametrize("chunk", [7, 16384])
@pytest.mark.parametrize("p", [1, 2, 3])
def test_internal_diversity(bits, p, chunk, monkeypatch):
    monkeypatch.setattr(module, "_CHUNK", chunk)
    packed = np.packbits(bits, axis=1)
    per_molecule = [np.mean([tanimoto(a, b) ** p for b in bits]) ** (1 / p) for a in bits]
    assert internal_diversity(packed, p) == pytest.approx(1 - np.mean(per_molecule), abs=1e-6)
    assert internal_diversity(packed[:1], p) == 0


def test_nothing():
    none = np.zeros((0, 128), dtype=np.uint8)
    some = np.full((2, 128), 255, dtype=np.uint8)
    assert nearest_similarity(none, some).tolist() == []
    assert nearest_similarity(some, none).tolist() == [0, 0]
    assert internal_diversities(none, (1, 2)) == [0, 0]


def test_cosine():
    one, other = Counter("aabbbc"), Counter("abbd")
    a, b = np.array([2, 3, 1, 0]), np.array([1, 2, 0, 1])
    expected = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
    assert cosine_similarity(one, other) == pytest.approx(expected)
    assert cosine_similarity(one, other) == cosine_similarity(other, one)
    assert cosine_similarity(one, one) == 1
    assert cosine_similarity(one, Counter("x")) == cosine_similarity(one, {}) == 0
    assert cosine_similarity({}, {}) == 0
