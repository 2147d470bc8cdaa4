from pyg_symm.weights import HeadGroup, plain_axis
from pyg_symm.weights.axes import format_axis, parse_axis
from pyg_symm.weights.edits import freeze_axes, tie_axes

SIZES = {"a": 4, "b": 2, "heads": 2}
AXES = {"x": (parse_axis("a | 3*b", SIZES), plain_axis("heads", 2))}


def texts(axes):
    return [format_axis(axis) for axis in axes["x"]]


def test_only_named_classes_are_frozen():
    axes, groups = freeze_axes(AXES, (), ["a"])
    assert texts(axes) == ["4 | 3*b", "heads"] and groups == ()
    assert texts(AXES) == ["a | 3*b", "heads"]


def test_heads_of_one_unit_are_frozen_with_the_others():
    axes, groups = freeze_axes(AXES, [HeadGroup(2, ("a", "heads"))], ["heads"])
    assert texts(axes) == ["a.0 | a.1 | 3*b", "2"] and groups == ()


def test_other_groups_stay():
    group = HeadGroup(2, ("a",))
    axes, groups = freeze_axes(AXES, [group], ["b"])
    assert texts(axes) == ["a | 3*2", "heads"] and groups == (group,)


def test_tied_classes_take_the_first_name():
    axes, groups = tie_axes(AXES, [HeadGroup(2, ("heads",))], "b", "heads")
    assert texts(axes) == ["a | 3*b", "b"] and groups == (HeadGroup(2, ("b",)),)
