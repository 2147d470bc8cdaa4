import pytest
import torch
from torch_geometric.nn import GIN, global_mean_pool
from torch_geometric.transforms import RootedEgoNets

from pyg_symm.metrics import (
    THEORY,
    GraphPair,
    OnData,
    Separation,
    expressivity_markdown,
    expressivity_suite,
    expressivity_table,
    separation,
    wl_equivalent,
)
from pyg_symm.nn import LCMAggregation
from pyg_symm.nn.models import AggregatorGIN

SUITE = expressivity_suite()


def gin():
    return OnData(AggregatorGIN(1, 16, num_layers=3, out_channels=16))


def lcm_gin():
    aggr = LCMAggregation(16, 16, op="lse")
    return OnData(AggregatorGIN(1, 16, num_layers=3, out_channels=16, aggr=aggr))


@pytest.mark.parametrize("row", SUITE)
def test_1wl_tells_no_pair_apart(row):
    for pair in SUITE[row]:
        assert wl_equivalent(pair.one, pair.other)
    assert THEORY["1-WL"][row] is False


@pytest.mark.parametrize("build", [gin, lcm_gin])
def test_message_passing_is_bounded_by_1wl(build, path_and_star):
    table = expressivity_table({"net": (build, None)}, seeds=(0,))
    for row, cells in table.items():
        for found in cells["net"]:
            assert not found.is_separated, row
            assert found.gap < 1e-12 and found.noise < 1e-12
    path, star = path_and_star
    assert min(separation(build, GraphPair("trees", path, star)).gaps) > 1e-3


class EgoGIN(torch.nn.Module):
    """Message passing within the ego network of every node, then between them."""

    def __init__(self):
        super().__init__()
        self.inner = GIN(2, 16, num_layers=3, act="elu")
        self.outer = GIN(16, 16, num_layers=2, act="elu")

    def forward(self, data):
        root = (data.n_id == data.n_sub_batch).to(data.x.dtype)  # The i-th is around node i.
        h = self.inner(torch.stack([data.x[data.n_id, 0], root], 1), data.sub_edge_index)
        h = self.outer(global_mean_pool(h, data.n_sub_batch), data.edge_index)
        return global_mean_pool(h, data.batch)


@pytest.mark.filterwarnings("ignore:Sparse")
def test_transform_lets_a_network_see_further():
    rows = {name: SUITE[name] for name in ("C8 / 2 C4", "C10 / 2 C5", "C14 / 2 C7")}
    rows["double covers"] = SUITE["double covers"][:8]
    models = {f"{k} hops": (EgoGIN, RootedEgoNets(k)) for k in (1, 2, 3)}
    table = expressivity_table(models, rows, seeds=(0,))
    answers = {r: [c[m][0].is_separated for m in models] for r, c in table.items()}
    assert answers == {
        "C8 / 2 C4": [False, True, True],
        "C10 / 2 C5": [False, True, True],
        "C14 / 2 C7": [False, False, True],
        "double covers": [False, True, True],
    }
    assert [sum(s.is_separated for s in table["double covers"][m]) for m in models] == [0, 8, 8]


def test_markdown():
    yes, no = Separation((2e-3, 4e-3), (0.0, 0.0), 1e-6), Separation((0.0, 2e-16), (0.0, 0.0), 1e-6)
    table = {"C6 / 2 C3": {"A": [no], "B": [yes]}, "mine": {"A": [yes, no, no]}}
    assert expressivity_markdown(table).splitlines() == [
        "| pair      | 1-WL | A              | B           |",
        "|-----------|------|----------------|-------------|",
        "| C6 / 2 C3 | no   | no (2e-16)     | yes (4e-03) |",
        "| mine      |      | 1 of 3 (4e-03) |             |",
    ]
    known = {"theory": {"mine": True}}
    assert "| 3 of 3 | 1 of 3 (4e-03) |" in expressivity_markdown(table, known)
