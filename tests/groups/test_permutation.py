from itertools import permutations, product

import pytest
import torch

from pyg_symm.groups import equivariant_basis, num_equivariant_maps, set_partitions

pytestmark = pytest.mark.usefixtures("float64")

BELL = [1, 1, 2, 5, 15, 52]
ORDERS = list(product(range(3), repeat=2))
of_orders = pytest.mark.parametrize("p, q", ORDERS)


def acting(perm, order):
    """The matrix by which a permutation of the nodes acts on tensors."""
    one = torch.eye(len(perm))[list(perm)]
    out = torch.ones(1, 1)
    for _ in range(order):
        out = torch.kron(out, one)
    return out


def rank(basis):
    return int(torch.linalg.matrix_rank(basis.flatten(1)))


def num_fixed(size, p, q):
    """The dimension of all K with P K = K P, from the equations themselves."""
    generators = {(*range(1, size), 0), (1, 0, *range(2, size))} if size > 1 else {(0,)}
    equations = [
        torch.kron(acting(g, q), acting(g, p)) - torch.eye(size ** (p + q)) for g in generators
    ]
    return size ** (p + q) - int(torch.linalg.matrix_rank(torch.cat(equations)))


@pytest.mark.parametrize("num", range(6))
def test_partitions_are_all_and_different(num):
    partitions = list(set_partitions(num))
    assert len(partitions) == len(set(partitions)) == BELL[num]
    for blocks in partitions:  # Numbered as they appear.
        assert [*dict.fromkeys(blocks)] == list(range(len(set(blocks))))


def test_number_of_maps_is_symmetric_in_its_orders():
    counts = [[num_equivariant_maps(p, q) for q in range(3)] for p in range(3)]
    assert counts == [[1, 1, 2], [1, 2, 5], [2, 5, 15]]


@of_orders
@pytest.mark.parametrize("aggr", ["mean", "sum"])
@pytest.mark.parametrize("size", [2, 3, 4])
def test_basis_commutes_with_all_permutations(size, p, q, aggr):
    basis = equivariant_basis(size, p, q, aggr)
    for perm in permutations(range(size)):
        assert torch.equal(acting(perm, q) @ basis, basis @ acting(perm, p))


@of_orders
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_basis_is_independent_on_sets_that_are_large_enough(size, p, q):
    basis = equivariant_basis(size, p, q)
    assert basis.shape == (BELL[p + q], size**q, size**p)
    assert (rank(basis) == BELL[p + q]) == (size >= p + q)


def test_maps_that_coincide_on_small_sets():
    assert [rank(equivariant_basis(m, 2, 2)) for m in (1, 2, 3)] == [1, 8, 14]


@of_orders
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_basis_is_complete(size, p, q):
    assert rank(equivariant_basis(size, p, q)) == num_fixed(size, p, q)


@of_orders
def test_means_are_sums_over_the_number_of_terms(p, q):
    x = torch.ones(4**p)
    mean, total = (equivariant_basis(4, p, q, aggr) @ x for aggr in ("mean", "sum"))
    assert bool(((mean == 1) | (mean == 0)).all())  # Each mean of ones is one.
    for m, t in zip(mean, total, strict=True):
        assert torch.equal(m * t.max(), t)


def test_type_is_the_default_or_the_given_one():
    assert equivariant_basis(2, 1, 1).dtype == torch.float64
    assert equivariant_basis(2, 1, 1, dtype=torch.float32).dtype == torch.float32


@of_orders
def test_no_nodes(p, q):
    assert equivariant_basis(0, p, q).shape == (BELL[p + q], 0**q, 0**p)
