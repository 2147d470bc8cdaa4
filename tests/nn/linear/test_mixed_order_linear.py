from itertools import product

import pytest
import torch

from pyg_symm.groups import equivariant_basis
from pyg_symm.nn import EquivariantLinear, MixedOrderLinear
from pyg_symm.utils import TuplePlan

BELL = [1, 1, 2, 5, 15]
of_orders = pytest.mark.parametrize("p, q", list(product(range(3), repeat=2)))
of_aggrs = pytest.mark.parametrize("aggr", ["mean", "sum"])


@torch.no_grad()
def as_matrices(lin, size):
    """What a map of single channels does to one set: a matrix for each pair of orders."""
    plan, out = TuplePlan.from_ptr(torch.tensor([0, size])), {}
    for p in (p for p in range(3) if lin.in_channels[p]):
        columns = []
        for k in range(size**p):
            xs = [torch.zeros(size**r, 1) for r in range(3)]
            xs[p][k] = 1
            columns.append(lin(xs, plan))
        for q in (q for q in range(3) if lin.out_channels[q]):
            out[p, q] = torch.cat([ys[q] for ys in columns], dim=-1)
    return out


@torch.no_grad()
def maps_of_weights(lin, size=4):
    """For each entry of each weight the one basis element that it stands for."""
    names = {name: w for name, w in lin.named_parameters() if name.startswith("weight")}
    basis = {
        pq: equivariant_basis(size, *pq, lin.aggr) for pq in as_matrices(lin, size)
    }  # Independent, as four nodes are enough.
    found = {}
    for name, weight in names.items():
        for row, col in product(*map(range, weight.shape)):
            for other in lin.parameters():
                other.zero_()
            weight[row, col] = 1
            matrices = as_matrices(lin, size)
            hits = [
                (p, q, k)
                for (p, q), matrix in matrices.items()
                for k, element in enumerate(basis[p, q])
                if torch.allclose(matrix, element, rtol=0, atol=1e-14)
            ]
            others = [pq for pq, matrix in matrices.items() if bool((matrix != 0).any())]
            assert len(hits) == 1 and others == [hits[0][:2]], (name, row, col)
            found[name, row, col] = hits[0]
    return found


@of_aggrs
@of_orders
def test_each_weight_is_one_element_of_the_basis(p, q, aggr):
    found = maps_of_weights(EquivariantLinear(1, 1, p, q, aggr=aggr).lin)
    assert sorted(found.values()) == [(p, q, k) for k in range(BELL[p + q])]


@of_aggrs
def test_each_weight_of_mixed_orders_is_one_element_of_the_basis(aggr):
    found = maps_of_weights(MixedOrderLinear((1, 1, 1), (1, 1, 1), aggr=aggr))
    assert sorted(found.values()) == sorted(
        (p, q, k) for p, q in product(range(3), repeat=2) for k in range(BELL[p + q])
    )


@of_aggrs
@of_orders
def test_equals_the_dense_stack_of_all_maps(
    tol, p, q, aggr, features, sizes, layer, plan_of, per_set
):
    lin, plan = layer(p, q, aggr), plan_of(sizes)
    x = features(plan, p)
    weights = dict(lin.lin.named_parameters())
    stack = torch.empty(BELL[p + q], 4, 3)
    for (name, row, col), (_, _, k) in maps_of_weights(
        EquivariantLinear(1, 1, p, q, aggr=aggr).lin
    ).items():
        stack[k] = weights[name][row * 4 :, col * 3 :][:4, :3]
    everywhere, diagonal = lin.lin.bias[:4], lin.lin.bias[4:]
    out = lin(x, plan=plan)
    for mine, y, m in zip(per_set(x, sizes, p), per_set(out, sizes, q), sizes, strict=True):
        basis = equivariant_basis(m, p, q, aggr)
        expected = torch.einsum("kab,bc,kdc->ad", basis, mine, stack) + everywhere
        if q == 2:
            expected = expected + torch.eye(m).view(-1, 1) * diagonal
        torch.testing.assert_close(y, expected, atol=tol, rtol=tol)


def test_number_of_parameters_of_mixed_orders():
    ins, outs = (2, 3, 5), (7, 1, 4)
    lin = MixedOrderLinear(ins, outs)
    maps = sum(BELL[p + q] * ins[p] * outs[q] for p, q in product(range(3), repeat=2))
    assert sum(w.numel() for w in lin.parameters()) == maps + sum(
        BELL[q] * outs[q] for q in (0, 1, 2)
    )


def test_orders_without_channels_are_left_out(features, plan_of, sizes):
    lin, plan = MixedOrderLinear((0, 3, 0), (0, 2, 0)), plan_of(sizes)
    x1 = features(plan, 1)
    zero, one, two = lin((features(plan, 0), x1, features(plan, 2)), plan)
    assert zero is None and two is None
    assert torch.equal(one, lin((None, x1, None), plan)[1])
