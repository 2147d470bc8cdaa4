import pytest
import torch

from pyg_symm.nn.aggr.order import sorted_order
from pyg_symm.utils import random_order

INDEX = torch.tensor([0, 0, 0, 2, 2, 3, 3, 3, 3])


def test_no_elements():
    none = torch.empty(0, dtype=torch.long)
    assert sorted_order(torch.empty(0, 3), none).numel() == 0


@pytest.mark.parametrize("default", [torch.float64, torch.bfloat16])
def test_the_default_type_changes_nothing(default):
    x = torch.randn(INDEX.numel(), 32, generator=torch.Generator().manual_seed(1)).double()
    torch.set_default_dtype(torch.float32)
    expected = sorted_order(x, INDEX)
    try:
        torch.set_default_dtype(default)
        assert torch.equal(sorted_order(x, INDEX), expected)
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("kind", ["random", "ties", "duplicates", "one column"])
def test_sorted_order_depends_on_values_alone(kind, dtype):
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(INDEX.numel(), 4, generator=generator, dtype=dtype)
    if kind == "ties":
        x = x.round()
    elif kind == "duplicates":
        x[1], x[6], x[8] = x[0], x[5], x[5]
    elif kind == "one column":
        x = x[:, :1]
    expected = x[sorted_order(x, INDEX)]
    for _ in range(20):
        shuffle = random_order(INDEX, generator)
        permuted = x[shuffle]
        order = sorted_order(permuted, INDEX)
        assert torch.equal(INDEX[order], INDEX)
        assert torch.equal(permuted[order], expected)


def test_sorted_order_does_not_depend_on_other_sets():
    x = torch.randn(INDEX.numel(), 4, generator=torch.Generator().manual_seed(2))
    together = sorted_order(x, INDEX)
    start = 5
    alone = sorted_order(x[start:], INDEX[start:])
    assert torch.equal(together[start:], alone + start)


def test_sorted_order_takes_no_gradient():
    x = torch.randn(INDEX.numel(), 4, requires_grad=True)
    assert not sorted_order(x, INDEX).requires_grad
