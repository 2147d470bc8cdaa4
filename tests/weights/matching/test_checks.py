import pytest
import torch

from pyg_symm.weights import HeadGroup, PermutationSpec, mlp_spec, plain_axis
from pyg_symm.weights.matching.checks import check_models, check_start


def test_models_are_named(random_tensors):
    spec = mlp_spec([3, 4, 2])
    good = random_tensors(spec, 0)
    check_models(spec, {"a": good, "b": good})
    bad = {**good, "0.bias": torch.full((4,), float("nan"))}
    with pytest.raises(ValueError, match="'b': tensor '0.bias' holds NaN"):
        check_models(spec, {"a": good, "b": bad})
    with pytest.raises(ValueError, match=r"'a': tensors \['2.weight'\] are missing"):
        check_models(spec, {"a": {n: t for n, t in good.items() if n != "2.weight"}, "b": good})


def test_models_have_equal_shapes():
    spec = PermutationSpec({"att": (plain_axis("h", 12),)})
    with pytest.raises(ValueError, match=r"'att' is \[3, 4\] on cpu in 'a' and \[4, 3\]"):
        check_models(spec, {"a": {"att": torch.zeros(3, 4)}, "b": {"att": torch.zeros(4, 3)}})


def test_models_have_numbers_of_one_kind():
    spec = PermutationSpec({"w": (plain_axis("h", 4),)})
    real, other = {"w": torch.zeros(4)}, {"w": torch.zeros(4, dtype=torch.complex64)}
    with pytest.raises(ValueError, match="tensor 'w' is real in 'a' and complex in 'b'"):
        check_models(spec, {"a": real, "b": other})
    with pytest.raises(ValueError, match="tensor 'w' is real in 'a' and whole numbers in 'b'"):
        check_models(spec, {"a": real, "b": {"w": torch.zeros(4, dtype=torch.long)}})
    check_models(spec, {"a": real, "b": {"w": torch.zeros(4, dtype=torch.bfloat16)}})


def test_starts_are_legal_and_whole():
    axes = {"w": (plain_axis("h", 6), plain_axis("k", 3))}
    spec = PermutationSpec(axes, groups=(HeadGroup(3, ("h",)),))
    assert check_start(spec, None) is None
    start = check_start(spec, {"k": torch.tensor([2, 0, 1])})
    assert start["h"].tolist() == list(range(6)) and start["k"].tolist() == [2, 0, 1]
    with pytest.raises(ValueError, match="'permutation' moves 'x', which is frozen or no class"):
        check_start(spec, {"x": torch.arange(3)})
    with pytest.raises(ValueError, match="blocks of 3 heads"):
        check_start(spec, {"h": torch.arange(6).roll(1)})
