"""What a rule says of axes, against what the operation does."""

import torch
from pytest import fixture

from pyg_symm.weights.axes import Atom, axis_index
from pyg_symm.weights.tracing.terms import movable
from pyg_symm.weights.tracing.tracer import Tracer


def moved(tracer, x, terms, names, permutation):
    for dim, term in enumerate(terms):
        axis = tuple(
            tuple(Atom(names.get(f), f if isinstance(f, int) else f.size) for f in part)
            for part in tracer.solver.resolve(term)
        )
        index = axis_index(axis, permutation) if x.size(dim) else None
        x = x if index is None else x.index_select(dim, index)
    return x


@fixture
def carries():
    """Runs a function of tensors and checks that permuting its operands permutes its results as
    their axes say. Returns the axes of each operand as text, and the axes that were lost. Tensors
    of numbers that are not real are data.
    """

    def check(func, **operands):
        stored = {n: x for n, x in operands.items() if x.is_floating_point() or x.is_complex()}
        tracer = Tracer(stored, [])
        with torch.no_grad(), tracer:
            out = func(*operands.values())
        outs = [out] if isinstance(out, torch.Tensor) else list(out)
        axes = [tracer.axes(x) for x in outs]
        inputs = {
            name: tuple(map(tracer.solver.resolve, tracer.axes(x))) for name, x in stored.items()
        }
        terms = [t for x in (*inputs.values(), *axes) for t in x]
        units = {u: None for t in terms for u in movable(tracer.solver.resolve(t))}
        names = {u: f"u{i}" for i, u in enumerate(units)}
        permutation = {name: torch.randperm(u.size) for u, name in names.items()}
        changed = {
            n: moved(tracer, x, inputs[n], names, permutation) if n in inputs else x
            for n, x in operands.items()
        }
        with torch.no_grad():
            again = func(*changed.values())
        again = [again] if isinstance(again, torch.Tensor) else list(again)
        for x, y, terms in zip(outs, again, axes, strict=True):
            torch.testing.assert_close(moved(tracer, x, terms, names, permutation), y)

        def text(term):
            return "|".join(
                "*".join(names.get(f, str(f)) if not isinstance(f, int) else str(f) for f in part)
                for part in term
            )

        lost = set().union(*tracer.losses.values()) if tracer.losses else set()
        return {name: [text(t) for t in terms] for name, terms in inputs.items()}, lost

    return check
