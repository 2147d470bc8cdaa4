import numpy as np

from pyg_symm.chem.similarity import cluster_centres, tanimoto


def test_tanimoto_equals_sets():
    bits = np.random.RandomState(0).rand(6, 20) < 0.3
    bits[2] = False
    found = tanimoto(bits)
    for i, j in np.ndindex(6, 6):
        first, second = set(np.flatnonzero(bits[i])), set(np.flatnonzero(bits[j]))
        expected = len(first & second) / len(first | second) if first | second else 1.0
        assert np.isclose(found[i, j], expected)


def test_every_molecule_is_near_a_centre_and_centres_are_apart():
    similarity = tanimoto(np.random.RandomState(1).rand(40, 12) < 0.4)
    for cutoff in (0.2, 0.4, 0.7):
        centres = cluster_centres(similarity, cutoff)
        assert (similarity[:, centres].max(axis=1) >= cutoff).all()
        apart = similarity[np.ix_(centres, centres)] - np.eye(len(centres))
        assert apart.max() < cutoff
    assert len(cluster_centres(similarity, 1e-9)) < len(cluster_centres(similarity, 0.7))


def test_the_largest_cluster_comes_first():
    similarity = np.eye(5)
    similarity[[1, 2, 1, 3], [2, 1, 3, 1]] = 0.9
    assert cluster_centres(similarity, 0.5) == [1, 0, 4]
    assert cluster_centres(np.empty((0, 0)), 0.5) == []
