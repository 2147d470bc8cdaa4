import pytest
import torch

from pyg_symm.groups import SL, SO, GLPlus

GROUPS = [SO(2), SO(3), SL(2), SL(3), SL(4), GLPlus(2), GLPlus(3), GLPlus(4)]


@pytest.mark.parametrize("group", GROUPS, ids=str)
def test_products_and_inverses(group, dtype, tol):
    a, b = (group.sample(8, torch.Generator().manual_seed(seed)).elements for seed in (0, 1))
    eye = torch.eye(group.n).expand_as(a)
    torch.testing.assert_close(group.compose(a, b), a @ b, atol=tol, rtol=0)
    torch.testing.assert_close(group.compose(a, group.inverse(a)), eye, atol=tol, rtol=0)
    torch.testing.assert_close(group.compose(group.inverse(a), a), eye, atol=tol, rtol=0)
    group.check(group.compose(a, b))
    group.check(group.inverse(a))


@pytest.mark.parametrize("group", GROUPS, ids=str)
def test_actions(group, float64):
    a, b = (group.sample(8, torch.Generator().manual_seed(seed)).elements for seed in (0, 1))
    points = torch.randn(5, 1, group.n)
    moved = group.act(a, points)
    assert moved.shape == (5, 8, group.n)
    torch.testing.assert_close(moved, torch.einsum("hij,pj->phi", a, points.squeeze(1)))
    torch.testing.assert_close(group.act(group.compose(b, a), points), group.act(b, moved))


def test_determinants(float64):
    a = GLPlus(3).sample(8).elements
    torch.testing.assert_close(GLPlus(3).log_abs_det(a), torch.linalg.slogdet(a)[1])
    assert GLPlus(3).has_det and not SL(3).has_det and not SO(3).has_det
    assert not SL(2).log_abs_det(SL(2).sample(8).elements).any()


def test_groups_are_values():
    assert SL(2) == SL(2) and hash(SL(2)) == hash(SL(2))
    assert SL(2) != SL(3) and SL(2) != GLPlus(2) and SL(2) != "SL(2)"
    assert [repr(group) for group in GROUPS[:2]] == ["SO(2)", "SO(3)"]


@pytest.mark.parametrize("kind", [SO, SL, GLPlus])
@pytest.mark.parametrize("n", [1, 0, -2, 2.0, True, None])
def test_bad_sizes(kind, n):
    with pytest.raises(ValueError, match="'n' must be an integer of 2 or more"):
        kind(n)


BAD = [
    (GLPlus(2), torch.diag(torch.tensor([1.0, -1.0])), "determinant above 0 .got -1"),
    (GLPlus(3), torch.zeros(3, 3), "determinant above 0 .got 0"),
    (SL(2), 2 * torch.eye(2), "determinant 1 .got 4"),
    (SO(2), torch.tensor([[2.0, 0.0], [0.0, 0.5]]), "orthogonal"),
    (SO(3), -torch.eye(3), "determinant above 0 .got -1"),
    (GLPlus(2), torch.diag(torch.tensor([1e3, 1e-3])), "condition number below 2.9.*got 1e.06"),
    (GLPlus(2), torch.diag(torch.tensor([1e8, 1.0])).double(), "condition number .* 6.71e.07"),
    (GLPlus(2), torch.tensor([[float("nan"), 0.0], [0.0, 1.0]]), "finite .got nan"),
    (GLPlus(2), torch.eye(2).half(), "float32 or float64 .got torch.float16"),
    (GLPlus(2), torch.eye(2).bfloat16(), "float32 or float64 .got torch.bfloat16"),
    (GLPlus(2), torch.eye(2).long(), "float32 or float64 .got torch.int64"),
    (GLPlus(2), [[1.0, 0.0], [0.0, 1.0]], "float32 or float64 .got list"),
    (GLPlus(2), torch.eye(3), r"shape \[..., 2, 2\] .got \[3, 3\]"),
    (GLPlus(2), torch.ones(2), r"shape \[..., 2, 2\] .got \[2\]"),
]


@pytest.mark.parametrize("group, matrix, match", BAD, ids=[match for _, _, match in BAD])
def test_bad_elements(group, matrix, match):
    for method in (group.check, group.to_chart, group.coordinates):
        with pytest.raises(ValueError, match=f"'A' must .*{match}"):
            method(matrix)


def test_one_bad_element_among_many():
    matrices = torch.eye(2).repeat(2, 3, 1, 1)
    matrices[1, 2] *= 3
    GLPlus(2).check(matrices)
    with pytest.raises(ValueError, match="'h' must have the determinant 1 .got 9"):
        SL(2).check(matrices, "h")
    SL(2).check(matrices[:0])
