from itertools import permutations, product

import pytest
import torch

from pyg_symm.weights import HeadGroup
from pyg_symm.weights.heads import block_permutation
from pyg_symm.weights.matching.assignment import assign, assign_units, gain, is_mutual


def best_by_brute_force(matrix):
    rows = range(len(matrix))
    return max(float(matrix[rows, list(p)].sum()) for p in permutations(rows))


def weight(matrix, p):
    return float(matrix[torch.arange(len(p)), p].sum())


@pytest.mark.parametrize("size", [1, 2, 5, 7])
def test_assignment_equals_brute_force(size, dtype, tol):
    for _ in range(5):
        matrix = torch.randn(size, size)
        p = assign(matrix)
        assert sorted(p.tolist()) == list(range(size))
        assert weight(matrix, p) == pytest.approx(best_by_brute_force(matrix), rel=10 * tol)


def test_rows_that_prefer_different_columns_are_the_solution():
    p = torch.randperm(50)
    matrix = torch.rand(50, 50) + torch.eye(50)[p]
    assert torch.equal(assign(matrix), p)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_weights_are_finite(value):
    matrix = torch.eye(3)
    matrix[0, 1] = value
    with pytest.raises(ValueError, match="must be finite"):
        assign(matrix)


def legal(num, channels):
    """All permutations of the classes of a group, as tuples."""
    inner = [list(permutations(range(c))) for c in channels]
    for heads in permutations(range(num)):
        choices = [product(inner[i], repeat=num) for i in range(len(channels))]
        for chosen in product(*choices):
            yield [block_permutation(torch.tensor(heads), torch.tensor(c)) for c in chosen]


@pytest.mark.parametrize(
    "num, channels", [(3, (3,)), (2, (3, 2)), (3, (2, 1)), (1, (4,)), (4, (1,))]
)
def test_heads_equal_brute_force(num, channels):
    torch.manual_seed(0)
    names = ["a", "b"][: len(channels)]
    group = HeadGroup(num, tuple(names))
    matrices = {
        n: torch.randn(num * c, num * c, dtype=torch.double)
        for n, c in zip(names, channels, strict=True)
    }
    solved = assign_units(matrices, group)
    assert group.is_legal(solved)
    reached = sum(weight(matrices[n], solved[n]) for n in names)
    best = max(
        sum(weight(m, p) for m, p in zip(matrices.values(), ps, strict=True))
        for ps in legal(num, channels)
    )
    assert reached == pytest.approx(best, rel=1e-12)


def test_gain_and_size():
    matrix = torch.tensor([[1.0, 5.0], [2.0, -1.0]], dtype=torch.double)
    new, old = {"a": torch.tensor([1, 0])}, {"a": torch.tensor([0, 1])}
    assert gain({"a": matrix}, new, old) == (7.0, 9.0)


def test_mutual_preference():
    matrix = torch.eye(4, dtype=torch.double)[[2, 0, 1, 3]]
    p = {"a": torch.tensor([2, 0, 1, 3])}
    assert is_mutual({"a": matrix}, p)
    assert not is_mutual({"a": matrix}, {"a": torch.arange(4)})
    matrix[0, 0] = 1.0  # As good as its partner.
    assert not is_mutual({"a": matrix}, p)
    matrix[0, 0], matrix[3, 2] = 0.0, 1.0  # The other side has another one as good.
    assert not is_mutual({"a": matrix}, p)
