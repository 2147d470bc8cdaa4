import pytest
import torch

from pyg_symm.weights import Atom, axis_index, axis_size, plain_axis
from pyg_symm.weights.axes import axis_classes, check_axes, format_axis, parse_axis

SIZES = {"a": 3, "b": 4}
PERM = {"a": torch.tensor([2, 0, 1]), "b": torch.tensor([1, 3, 2, 0])}


@pytest.mark.parametrize("text", ["a", "7", "a*49", "a | b | a", "2*a*b | 5", "b*a | a*2"])
def test_text_round_trip(text):
    axis = parse_axis(text, SIZES)
    assert format_axis(axis) == text
    assert parse_axis(format_axis(axis), SIZES) == axis


def test_products_are_row_major():
    axis = parse_axis("a*2*b", SIZES)
    x = torch.arange(24)
    moved = x.view(3, 2, 4)[PERM["a"]][:, :, PERM["b"]].flatten()
    assert axis_size(axis) == 24
    assert torch.equal(x[axis_index(axis, PERM)], moved)


def test_concatenations_are_side_by_side():
    axis = parse_axis("a | 2 | b*2 | a", SIZES)
    x = torch.arange(16)
    parts = x.split([3, 2, 8, 3])
    b = parts[2].view(4, 2)[PERM["b"]].flatten()
    moved = torch.cat([parts[0][PERM["a"]], parts[1], b, parts[3][PERM["a"]]])
    assert torch.equal(x[axis_index(axis, PERM)], moved)


def test_nothing_moves():
    assert axis_index(plain_axis(None, 5), PERM) is None
    assert axis_index(plain_axis("c", 5), PERM) is None
    assert axis_index(parse_axis("a*b", SIZES), {"a": PERM["a"]}) is not None
    assert axis_classes(parse_axis("a*b | 3", SIZES)) == {"a", "b"}


@pytest.mark.parametrize("name", ["", "3", "a b", "a*b", "a|b"])
def test_names_that_text_could_not_hold(name):
    with pytest.raises(ValueError, match="'name' must not"):
        Atom(name, 3)


def test_atoms_have_units():
    with pytest.raises(ValueError, match="'size' must be at least 1"):
        Atom("a", 0)


@pytest.mark.parametrize("text", ["", "a |", "a**b", "a b"])
def test_axes_that_are_incomplete(text):
    with pytest.raises(ValueError, match="must be like"):
        parse_axis(text, SIZES)


def test_unknown_classes():
    with pytest.raises(ValueError, match=r"unknown classes \['c'\]"):
        parse_axis("a | c", SIZES)


def test_axes_span_whole_dimensions():
    axes = [plain_axis(None, 1), plain_axis("h", 12)]
    check_axes("att", (1, 4, 3), axes)
    check_axes("scale", (), [])
    for shape in [(2, 6), (1, 4, 4), (12, 1, 2), ()]:
        with pytest.raises(ValueError, match=r"tensor 'att' has shape .* 'h \(size 12\)'"):
            check_axes("att", shape, axes)
