from itertools import product

import pytest
import torch

from pyg_symm.weights.lora.kmeans import kmeans


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def cost(points, labels, num, signed=False):
    """The sum of squared distances to centres, with the best signs of a cluster if need be."""
    found = 0.0
    for cluster in range(num):
        mine = points[labels == cluster]
        choices = product([1.0, -1.0], repeat=len(mine)) if signed else [[1.0] * len(mine)]
        turned = [mine * torch.tensor(signs, dtype=mine.dtype).view(-1, 1) for signs in choices]
        found += min(float((x - x.mean(0)).square().sum()) for x in turned) if len(mine) else 0.0
    return found


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_brute_force(seed, signed):
    points = torch.randn(7, 2, generator=generator(seed), dtype=torch.double)
    every = (torch.tensor(labels) for labels in product(range(3), repeat=7) if labels[0] == 0)
    best = min(cost(points, labels, 3, signed) for labels in every)
    found = kmeans(points, 3, generator(), signed=signed, num_starts=20)
    assert abs(cost(points, found, 3, signed) - best) < 1e-9


@pytest.mark.parametrize("signed", [False, True])
def test_planted_clusters_are_found(signed):
    centers = torch.randn(12, 20, generator=generator(0), dtype=torch.double)
    truth = torch.arange(60) % 12
    points = centers[truth] + 1e-2 * torch.randn(60, 20, generator=generator(1), dtype=torch.double)
    if signed:
        points[::2] *= -1
    labels = kmeans(points, 12, generator(2), signed=signed)
    pairs = torch.stack([truth, labels]).unique(dim=1)
    assert pairs.size(1) == 12 and labels.unique().numel() == 12


def test_equal_points_leave_clusters_empty():
    points = torch.eye(3, dtype=torch.double).repeat(4, 1)
    labels = kmeans(points, 5, generator())
    assert labels.unique().numel() == 3
    assert torch.equal(labels[:3], labels[3:6])


def test_zero_points():
    assert kmeans(torch.zeros(4, 0, dtype=torch.double), 2, generator()).unique().numel() == 1


def test_as_good_as_scikit_learn():
    sklearn = pytest.importorskip("sklearn.cluster", reason="needs scikit-learn")
    for seed in range(5):
        points = torch.randn(48, 6, generator=generator(seed), dtype=torch.double)
        theirs = sklearn.KMeans(8, n_init=10, random_state=0).fit(points.numpy()).inertia_
        ours = cost(points, kmeans(points, 8, generator()), 8)
        assert ours < 1.03 * theirs


def test_results_depend_on_the_seed_only():
    points = torch.randn(30, 5, generator=generator(0), dtype=torch.double)
    torch.manual_seed(5)
    first = kmeans(points, 6, generator(3))
    torch.manual_seed(6)
    assert torch.equal(kmeans(points, 6, generator(3)), first)
