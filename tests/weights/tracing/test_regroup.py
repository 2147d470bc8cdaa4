import torch
from pytest import mark

from pyg_symm.weights.tracing.regroup import regroup
from pyg_symm.weights.tracing.solver import Solver
from pyg_symm.weights.tracing.terms import fresh, frozen, movable, term_size


class OnlySolver:
    def __init__(self):
        self.solver = Solver()


def regrouped(axes, shape):
    call = OnlySolver()
    out = regroup(call, axes, shape)
    assert tuple(map(term_size, out)) == tuple(shape)
    return call.solver, out


def test_an_image_is_flattened():
    channels = fresh(6)
    solver, out = regrouped((frozen(10), channels, frozen(7), frozen(7)), (10, 294))
    assert solver.resolve(out[1]) == ((channels[0][0], 49),)


def test_heads_are_split_and_merged():
    hidden = fresh(12)
    solver, out = regrouped((frozen(5), hidden), (5, 1, 3, 4))
    heads, channels = out[2], out[3]
    assert solver.resolve(hidden) == ((heads[0][0], channels[0][0]),)
    back = regroup(OnlySolver(), out, (5, 12))
    assert solver.resolve(back[1]) == solver.resolve(hidden)


def test_ones_come_and_go():
    hidden = fresh(4)
    _, out = regrouped((frozen(1), hidden, frozen(1)), (4, 1, 1))
    assert out == (hidden, frozen(1), frozen(1))
    assert regrouped((), (1, 1))[1] == (frozen(1), frozen(1))


@mark.parametrize(
    "old, new", [((0, 12), (0, 3, 4)), ((0, 12), (0,)), ((2, 0), (0, 5)), ((0,), (0, 3))]
)
def test_tensors_without_entries(old, new):
    regrouped(tuple(map(fresh, old)), new)


def test_rows_across_axes_are_frozen():
    a, b = fresh(4), fresh(6)
    solver, out = regrouped((a, b), (3, 8))
    assert not any(movable(solver.resolve(term)) for term in (a, *out))


def test_agrees_with_torch():
    for old, new in [
        ((2, 3, 4), (6, 4)),
        ((2, 12), (2, 2, 6)),
        ((6, 4), (2, 12)),
        ((24,), (4, 3, 2)),
    ]:
        axes = tuple(map(fresh, old))
        solver, out = regrouped(axes, new)
        moves = {}
        for term in (*axes, *out):
            for units in movable(solver.resolve(term)):
                moves.setdefault(units, torch.randperm(units.size))

        def moved(x, terms, solver=solver, moves=moves):
            from pyg_symm.weights.axes import Atom, axis_index

            names = {u: f"u{i}" for i, u in enumerate(moves)}
            for dim, term in enumerate(terms):
                axis = tuple(
                    tuple(Atom(names.get(f), f if isinstance(f, int) else f.size) for f in part)
                    for part in solver.resolve(term)
                )
                index = axis_index(axis, {names[u]: p for u, p in moves.items()})
                x = x if index is None else x.index_select(dim, index)
            return x

        x = torch.arange(24).view(old)
        assert torch.equal(moved(x, axes).reshape(new), moved(x.reshape(new), out))
