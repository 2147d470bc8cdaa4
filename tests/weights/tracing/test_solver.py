"""Axes against what their indices do: a term is right if its permutations are."""

import random

import torch
from pytest import mark

from pyg_symm.weights.tracing.solver import Solver
from pyg_symm.weights.tracing.terms import Units, factor_size, fresh, frozen, movable, term_size


def index(solver, term, moves):
    """Where each entry of an axis comes from."""
    out, start = [], 0
    for part in solver.resolve(term):
        rows = torch.zeros(1, dtype=torch.long)
        for factor in part:
            p = moves[factor] if isinstance(factor, Units) else torch.arange(factor)
            rows = (rows[:, None] * factor_size(factor) + p).view(-1)
        out.append(rows + start)
        start += len(rows)
    return torch.cat(out)


def random_moves(solver, *terms):
    units = [u for term in terms for u in movable(solver.resolve(term))]
    return {u: torch.randperm(u.size) for u in units}


def random_term(solver, size, depth=2):
    """A random axis of a given length."""
    divisors = [d for d in range(2, size) if size % d == 0]
    choice = random.random()
    if depth and divisors and choice < 0.4:
        rows = random.choice(divisors)
        lead = random.choice([fresh(rows), frozen(rows)])
        return solver.product(lead, random_term(solver, size // rows, depth - 1))
    if depth and size > 2 and choice < 0.7:
        first = random.randrange(1, size)
        return random_term(solver, first, depth - 1) + random_term(solver, size - first, depth - 1)
    return frozen(size) if choice > 0.95 else fresh(size)


@mark.parametrize("seed", range(200))
def test_unified_axes_move_alike(seed):
    random.seed(seed)
    torch.manual_seed(seed)
    solver = Solver()
    x, y = random_term(solver, 24), random_term(solver, 24)
    solver.unify(x, y)
    moves = random_moves(solver, x, y)
    assert torch.equal(index(solver, x, moves), index(solver, y, moves))


@mark.parametrize("seed", range(100))
def test_pieces_move_as_the_whole(seed):
    random.seed(seed)
    torch.manual_seed(seed)
    solver = Solver()
    term, size = random_term(solver, 24), random.randrange(25)
    head, tail = solver.cut(term, size)
    assert (term_size(head), term_size(tail)) == (size, 24 - size)
    moves = random_moves(solver, term)
    pieces = [index(solver, head, moves), index(solver, tail, moves) + size]
    assert torch.equal(index(solver, term, moves), torch.cat(pieces))


@mark.parametrize("seed", range(100))
def test_products_move_by_rows_and_columns(seed):
    random.seed(seed)
    torch.manual_seed(seed)
    solver = Solver()
    term, rows = random_term(solver, 24), random.choice([1, 2, 3, 4, 6, 8, 12, 24])
    first, second = solver.split(term, rows)
    moves = random_moves(solver, term, first, second)
    a, b = index(solver, first, moves), index(solver, second, moves)
    grid = (a[:, None] * (24 // rows) + b).view(-1)
    assert torch.equal(index(solver, term, moves), grid)
    again = solver.product(first, second)
    moves = random_moves(solver, term, again)
    assert torch.equal(index(solver, term, moves), index(solver, again, moves))


def test_nothing_is_lost_without_need():
    solver = Solver()
    h, gates = fresh(5), fresh(20)
    rest = gates
    for _ in range(4):
        gate, rest = solver.cut(rest, 5)
        solver.unify(gate, h)
    assert solver.resolve(gates) == solver.resolve(h) * 4
    assert movable(solver.resolve(h))
    channels = fresh(6)
    flat = solver.product(channels, frozen(49))
    pixels = fresh(6 * 49)
    solver.unify(pixels, flat)
    assert solver.resolve(pixels) == ((channels[0][0], 49),)


def test_what_does_not_factor_is_frozen_and_reported():
    lost = []
    solver = Solver(lost.append)
    u, w = Units(4), Units(6)
    solver.unify(solver.product(((u,),), fresh(6)), solver.product(((w,),), fresh(4)))
    assert {4, 6} <= {units.size for units in lost}
    assert not movable(solver.resolve(((u, w),)))


def test_data_freeze_without_a_report():
    lost = []
    solver = Solver(lost.append)
    x = fresh(4)
    solver.unify(x, frozen(4))
    assert solver.resolve(x) == frozen(4) and lost == []


def test_concatenations_in_a_product_are_copied():
    solver = Solver()
    a, b = fresh(2), fresh(3)
    term = solver.product(frozen(2), a + b)
    assert solver.resolve(term) == (a + b) * 2
    assert not movable(solver.resolve(solver.product(fresh(5000), fresh(2) + fresh(3))))
