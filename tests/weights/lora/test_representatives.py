import pytest
import torch

from pyg_symm.weights.lora.representatives import (
    NORMS,
    aligned,
    centroid,
    decay,
    rank_one,
    represented,
)


@pytest.fixture
def units():
    generator = torch.Generator().manual_seed(0)
    return tuple(torch.randn(6, d, generator=generator, dtype=torch.double) for d in (9, 7))


def test_centroids_are_means_of_each_side(units):
    a, b = centroid(*units)
    torch.testing.assert_close(a[0], units[0].mean(0))
    torch.testing.assert_close(b[0], units[1].mean(0))


def test_rank_one_is_the_leading_part_of_the_mean(units):
    a, b = rank_one(*units)
    u, s, v = torch.linalg.svd(units[1].T @ units[0] / 6)
    torch.testing.assert_close(b.T @ a, s[0] * u[:, :1] @ v[:1])
    torch.testing.assert_close(a.norm(), b.norm())


def test_aligned_units_are_equal_matrices(units):
    signs = torch.tensor([1, -1, 1, 1, -1, -1], dtype=torch.double).unsqueeze(1)
    same = tuple(side[:1].expand(6, -1) * signs for side in units)
    a, b = aligned(*same)
    assert (a == a[0]).all() and (b == b[0]).all()
    torch.testing.assert_close(b[0].outer(a[0]), units[1][0].outer(units[0][0]))


def test_clusters_without_units_are_zero(units):
    (a, b), members = represented(units, [[0, 2], [], [1]], "centroid", align=False)
    assert not a[1].any() and not b[1].any()
    torch.testing.assert_close(a[2], units[0][1])
    for norm in NORMS.values():
        ratio = decay((a, b), members, norm)
        assert ratio[1] == 0 and abs(ratio[2] - 1) < 1e-12 and ratio[0] <= 1


def test_norms():
    rows = torch.tensor([[3.0, -4.0]])
    assert NORMS["l2"](rows) == 5 and NORMS["linf"](rows) == 4
