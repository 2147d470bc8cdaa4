import sys

import numpy as np
import pytest

from pyg_symm.metrics.molecules import chemnet
from pyg_symm.metrics.molecules.chemnet import Gaussian, chemnet_statistics, frechet_distance


def gaussian(rows):
    return Gaussian(rows.mean(axis=0), np.cov(rows.T))


@pytest.mark.parametrize("size", [5, 40])  # Fewer and more than there are dimensions.
def test_distance_against_the_square_root_of_a_matrix(size):
    from scipy.linalg import sqrtm

    random = np.random.default_rng(0)
    one = gaussian(random.normal(size=(size, 8)) @ random.normal(size=(8, 8)))
    other = gaussian(1 + random.normal(size=(size, 8)))
    root = sqrtm(one.covariance @ other.covariance).real
    expected = ((one.mean - other.mean) ** 2).sum()
    expected += np.trace(one.covariance + other.covariance - 2 * root)
    assert frechet_distance(one, other) == pytest.approx(expected, abs=1e-4)
    assert frechet_distance(one, other) == pytest.approx(frechet_distance(other, one))
    assert frechet_distance(one, one) < 1e-6


def test_fewer_than_two_have_no_covariance():
    assert chemnet_statistics([]) is None and chemnet_statistics(["CCO"]) is None


def test_statistics_against_the_library(valid):
    fcd = pytest.importorskip("fcd")
    some = valid[:20]
    found = chemnet_statistics(some, batch_size=3)
    rows = fcd.get_predictions(fcd.load_ref_model(), some, n_jobs=0, device="cpu")
    np.testing.assert_allclose(found.mean, rows.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(found.covariance, np.cov(rows.T), atol=1e-5)
    other = chemnet_statistics(valid[20:40])
    expected = fcd.get_fcd(some, valid[20:40], device="cpu")
    assert frechet_distance(found, other) == pytest.approx(expected, rel=1e-3)


def test_a_long_molecule_leaves_the_others_alone(monkeypatch):
    pytest.importorskip("fcd")
    monkeypatch.setattr(chemnet, "_CHUNK", 2)
    short, long = ["CCO", "CCN", "c1ccccc1"], "C" * 400
    total = 4 * chemnet_statistics([*short, long]).mean
    rest = total - chemnet_statistics([long, long]).mean
    np.testing.assert_allclose(rest / 3, chemnet_statistics(short).mean, atol=1e-5)


def test_missing_library(monkeypatch):
    monkeypatch.setitem(sys.modules, "fcd", None)
    with pytest.raises(ImportError, match="pip install fcd"):
        chemnet_statistics(["CCO", "CCN"])
    assert not chemnet.has_fcd()


def test_equal_molecules_count_as_often_as_they_are_there():
    fcd = pytest.importorskip("fcd")
    assert chemnet.has_fcd()
    smiles = ["CCO", "CCN", "CCO", "CCO", "c1ccccc1"]
    found = chemnet_statistics(smiles)
    each = fcd.get_predictions(fcd.load_ref_model(), smiles, n_jobs=0).astype(float)
    np.testing.assert_allclose(found.mean, each.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(found.covariance, np.cov(each.T), atol=1e-6)
