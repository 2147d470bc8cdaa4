import pytest
import torch

from pyg_symm.weights import HeadGroup
from pyg_symm.weights.heads import block_permutation, check_groups, check_heads

CLASSES = {"qk": 12, "v": 6, "heads": 3}
GROUP = HeadGroup(3, ("qk", "v", "heads"))


def test_random_permutations_are_legal_and_different():
    generator = torch.Generator().manual_seed(0)
    drawn = [GROUP.random(CLASSES, generator) for _ in range(20)]
    assert all(GROUP.is_legal(p) for p in drawn)
    for p in drawn:
        assert {name: sorted(q.tolist()) for name, q in p.items()} == {
            name: list(range(size)) for name, size in CLASSES.items()
        }
    assert len({tuple(p["v"].tolist()) for p in drawn}) > 10


def test_all_legal_permutations_are_reached():
    group, generator = HeadGroup(2, ("v",)), torch.Generator().manual_seed(0)
    drawn = {tuple(group.random({"v": 4}, generator)["v"].tolist()) for _ in range(200)}
    assert len(drawn) == 2 * 2 * 2  # Heads, and two channels in each of two heads.


def test_units_of_different_heads_stay_apart():
    p = {"qk": torch.arange(12), "v": torch.arange(6), "heads": torch.arange(3)}
    assert GROUP.is_legal(p)
    assert not GROUP.is_legal({**p, "v": torch.tensor([0, 2, 1, 3, 4, 5])})
    assert not GROUP.is_legal({**p, "heads": torch.tensor([1, 0, 2])})  # The others stay.
    assert GROUP.is_legal({**p, "v": torch.tensor([1, 0, 2, 3, 5, 4])})


def test_blocks_and_channels():
    inner = torch.tensor([[1, 0], [0, 1], [1, 0]])
    x = torch.arange(6).view(3, 2)
    moved = torch.stack([x[h][c] for h, c in zip([2, 0, 1], inner, strict=True)])
    assert torch.equal(
        x.flatten()[block_permutation(torch.tensor([2, 0, 1]), inner)], moved.flatten()
    )


@pytest.mark.parametrize("num_heads, classes", [(0, ("v",)), (2, ()), (2, ("v", "v"))])
def test_groups_without_sense(num_heads, classes):
    with pytest.raises(ValueError, match="must"):
        HeadGroup(num_heads, classes)


def test_groups_fit_to_their_classes():
    check_groups([GROUP], CLASSES)
    with pytest.raises(ValueError, match="3 heads do not divide class 'v' of size 7"):
        check_groups([GROUP], {**CLASSES, "v": 7})
    with pytest.raises(ValueError, match="got 'heads'"):
        check_groups([GROUP], {"qk": 12, "v": 6})
    with pytest.raises(ValueError, match="got 'v'"):
        check_groups([GROUP, HeadGroup(2, ("v",))], CLASSES)


def test_classes_that_are_left_out_stay():
    check_heads([GROUP], CLASSES, {})
    check_heads([GROUP], CLASSES, {"v": torch.tensor([1, 0, 2, 3, 4, 5])})
    with pytest.raises(ValueError, match="blocks of 3 heads together"):
        check_heads([GROUP], CLASSES, {"v": torch.tensor([2, 3, 0, 1, 4, 5])})
