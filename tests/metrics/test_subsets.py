import pytest
import torch

from pyg_symm.metrics import subset_jaccard


def drawn(seed, num_sets=200):
    generator = torch.Generator().manual_seed(seed)
    batch = torch.randint(num_sets, (5 * num_sets,), generator=generator)
    pred, target = (torch.rand(2, len(batch), generator=generator) < 0.3).unbind()
    return pred, target, batch


def literal(pred, target, batch, num_sets):
    found = []
    for b in range(num_sets):
        mine = (batch == b).nonzero().view(-1).tolist()
        first, second = ({i for i in mine if mask[i]} for mask in (pred, target))
        found.append(len(first & second) / len(first | second) if first | second else 1.0)
    return torch.tensor(found)


def test_equals_sets():
    pred, target, batch = drawn(0)
    expected = literal(pred, target, batch, 200)
    assert torch.equal(subset_jaccard(pred, target, batch, batch_size=200), expected)
    assert torch.equal(subset_jaccard(pred.long(), target.double(), batch, 200), expected)
    assert torch.equal(subset_jaccard(target, pred, batch, 200), expected)
    assert 0 < expected.mean() < 1 and bool((expected == 1).any())


def test_random_subsets():
    """Ten of a hundred elements, at random."""
    generator = torch.Generator().manual_seed(0)
    order = torch.rand(2, 2000, 100, generator=generator).argsort(dim=-1) < 10
    batch = torch.arange(2000).repeat_interleave(100)
    mean = subset_jaccard(order[0].flatten(), order[1].flatten(), batch).mean()
    assert abs(mean - 0.055) < 0.005


def test_one_set_and_no_element():
    mask = torch.tensor([True, False])
    assert subset_jaccard(mask, mask).tolist() == [1.0]
    none = torch.empty(0, dtype=torch.bool)
    assert subset_jaccard(none, none).tolist() == [1.0]
    assert subset_jaccard(none, none, torch.empty(0, dtype=torch.long)).shape == (0,)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((torch.ones(2, 2), torch.ones(2, 2)), "'pred' must be a vector"),
        ((torch.ones(2), torch.ones(3)), r"'target' must have the shape of 'pred', \[2\]"),
        ((torch.ones(2), torch.tensor([0.5, 1])), r"'target' must be zero or one \(got 0.5\)"),
        ((torch.ones(2), torch.ones(2), torch.zeros(3).long()), "'batch' must have shape"),
        (
            (torch.ones(2), torch.ones(2), torch.tensor([0, 2]), 2),
            "'batch_size' must be at least 3",
        ),
    ],
)
def test_bad_arguments(args, message):
    with pytest.raises(ValueError, match=message):
        subset_jaccard(*args)
