import pytest
import torch

from pyg_symm.nn.aggr.order import sorted_order
from pyg_symm.utils import random_order

INDEX = torch.tensor([0, 0, 0, 2, 2, 3, 3, 3, 3])


def test_random_order_stays_inside_the_sets():
    for seed in range(20):
        order = random_order(INDEX, torch.Generator().manual_seed(seed))
        assert torch.equal(INDEX[order], INDEX)
        assert torch.equal(order.sort().values, torch.arange(INDEX.numel()))


def test_random_order_is_uniform():
    generator = torch.Generator().manual_seed(0)
    index = torch.zeros(3, dtype=torch.long)
    counts: dict[tuple, int] = {}
    for _ in range(3000):
        order = tuple(random_order(index, generator).tolist())
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 6
    assert max(abs(n - 500) for n in counts.values()) < 5 * 500**0.5


def test_random_order_of_many_sets_keeps_to_the_sets():
    # The last set's number plus a fraction must not round up to the next.
    index = torch.arange(3_000_000).repeat_interleave(2)
    order = random_order(index)
    assert torch.equal(index[order], index)


def test_no_elements():
    none = torch.empty(0, dtype=torch.long)
    assert random_order(none).numel() == 0
    assert sorted_order(torch.empty(0, 3), none).numel() == 0


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
