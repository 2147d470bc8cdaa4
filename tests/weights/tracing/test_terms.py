from pyg_symm.weights.tracing.terms import (
    Units,
    fresh,
    frozen,
    holds,
    lone,
    movable,
    term_size,
    tidy,
)


def test_frozen_neighbors_are_put_together():
    u = Units(4)
    assert tidy([(2, 3, u, 1), (5,), (7,), (0, u), (1, 1)]) == ((6, u), (13,))
    assert tidy([]) == frozen(0)
    assert tidy([(1,)]) == frozen(1)


def test_sizes():
    u = Units(4)
    assert term_size(((6, u), (13,))) == 37
    assert fresh(1) == frozen(1) and fresh(0) == frozen(0)
    assert term_size(fresh(9)) == 9


def test_units_of_an_axis():
    u, w = Units(4), Units(2)
    assert lone(((u,),)) is u
    assert lone(((u, 2),)) is None and lone(frozen(3)) is None
    assert movable(((6, u), (13,), (w, u))) == [u, w]
    assert repr(u).startswith("Units(4, 0x")


def test_units_are_found_behind_what_they_were_bound_to():
    inner, other = Units(3), Units(6)
    outer = Units(6)
    outer.binding = ((2, inner),)
    assert holds(((outer,),), inner) and holds(((outer,),), outer)
    assert not holds(((outer,), (2,)), other)
    assert outer.binding == ((2, inner),)
