import itertools
import math
import sys
from pathlib import Path

import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.utils import to_dense_batch

from pyg_symm.nn import MixedOrderLinear
from pyg_symm.utils import TuplePlan, index_to_ptr

FOLDER = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(FOLDER))
pytest.importorskip("resource")

from dense_peers import MAPS, DenseMaps  # noqa: E402
from harness import measure  # noqa: E402
from reports import slope  # noqa: E402
from spen import CHANNELS, build, collate, random_graph, read, step, write  # noqa: E402
from spen_report import report  # noqa: E402

CLOSE = {"rtol": 0, "atol": 1e-10}
CHANNELS_OF_ORDERS = [c for c in itertools.product([0, 3], [0, 2], [0, 4]) if max(c) > 0]


def padded(x, mask):
    return x.new_zeros(*mask.shape, x.size(-1)).masked_scatter(mask.unsqueeze(-1), x)


def pairs_of(mask):
    return mask.unsqueeze(2) & mask.unsqueeze(1)


def test_there_are_as_many_maps_as_partitions():
    assert {q: len(maps) for q, maps in MAPS.items()} == {0: 1 + 1 + 2, 1: 1 + 2 + 5, 2: 2 + 5 + 15}


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("channels", CHANNELS_OF_ORDERS, ids=str)
@pytest.mark.parametrize("out_channels", CHANNELS_OF_ORDERS, ids=str)
def test_padded_maps_equal_ragged_ones(channels, out_channels, bias):
    sizes = torch.tensor([3, 1, 7, 2, 5, 4, 6])
    mask = torch.arange(7) < sizes.unsqueeze(-1)
    masks = (torch.ones(7, dtype=torch.bool), mask, pairs_of(mask))
    plan = TuplePlan.from_ptr(index_to_ptr(mask.nonzero()[:, 0], 7))
    lin = MixedOrderLinear(channels, out_channels, bias)
    if bias:
        torch.nn.init.normal_(lin.bias)
    xs = [torch.randn(int(m.sum()), c) if c else None for m, c in zip(masks, channels, strict=True)]
    ys = DenseMaps(lin)(
        [None if x is None else padded(x, m) for x, m in zip(xs, masks, strict=True)], mask
    )
    for y, expected, m in zip(ys, lin(tuple(xs), plan), masks, strict=True):
        if expected is None:
            assert y is None
        else:
            torch.testing.assert_close(y[m], expected, **CLOSE)
            assert not y[~m].any()


def test_padded_maps_know_means_only():
    with pytest.raises(ValueError, match=r"must pool by means \(got 'sum'\)"):
        DenseMaps(MixedOrderLinear((0, 1, 1), (0, 1, 1), aggr="sum"))


def graphs():
    ends = [
        [],
        [(0, 1)],
        [(0, 1), (1, 2), (2, 0), (2, 3), (5, 6)],
        [*itertools.combinations(range(4), 2)],
    ]
    for num_nodes, edges in zip([1, 3, 7, 4], ends, strict=True):
        one_way = torch.tensor(edges, dtype=torch.long).view(-1, 2).t()
        yield Data(edge_index=torch.cat([one_way, one_way.flip(0)], dim=1), num_nodes=num_nodes)


def batch_of(num_hops, shared=False):
    batch = collate([*graphs(), random_graph(20)], num_hops, shared)
    batch.x = batch.x.double()
    return batch


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("num_hops, shared", [(1, False), (2, False), (1, True), (2, True)])
def test_padded_ego_networks_equal_ours(num_hops, shared):
    batch = batch_of(num_hops, shared)
    mask = to_dense_batch(batch.n_id, batch.n_sub_batch, batch_size=batch.root.numel())[1]
    assert not shared or batch.root.numel() < batch.num_nodes
    one, two = build("padded ego-networks", num_hops)(batch)
    expected = build("SPENConv", num_hops)(batch)
    torch.testing.assert_close(one[mask], expected[0], **CLOSE)
    torch.testing.assert_close(two[pairs_of(mask)], expected[1], **CLOSE)
    assert not one[~mask].any() and not two[~pairs_of(mask)].any()


@pytest.mark.usefixtures("float64")
def test_padded_whole_graphs_equal_ours():
    batch = batch_of(num_hops=0)
    mask = to_dense_batch(batch.x, batch.batch)[1]
    one, two = build("padded whole graphs", 0)(batch)
    expected = build("ragged whole graphs", 0)(batch)
    torch.testing.assert_close(one[mask], expected[0], **CLOSE)
    torch.testing.assert_close(two[pairs_of(mask)], expected[1], **CLOSE)


def test_random_graphs_have_mean_degree_four():
    graph = random_graph(1000)
    assert graph.is_undirected() and not graph.has_self_loops()
    assert 3.9 < graph.num_edges / graph.num_nodes <= 4


def test_rows_are_counted():
    batch = collate(list(graphs()), 1, shared=False)
    assert batch.x.shape == (15, CHANNELS)
    sizes = torch.bincount(batch.n_sub_batch)
    assert step("SPENConv", 1, batch)() == int(sizes.square().sum())
    assert step("padded ego-networks", 1, batch)() == sizes.numel() * int(sizes.max()) ** 2
    assert step("ragged whole graphs", 0, batch)() == 1 + 9 + 49 + 16
    assert step("padded whole graphs", 0, batch)() == 4 * 49
    assert step("EgoNets", 1, batch)() == step("RootedEgoNets", 1, batch)() == batch.n_id.numel()


@pytest.mark.parametrize("num_hops, shared", [(0, False), (1, False), (2, True)])
def test_saved_batches_give_the_same(tmp_path, num_hops, shared):
    batch = collate(list(graphs()), num_hops, shared)
    write(batch, tmp_path / "batch.pt")
    again = read(tmp_path / "batch.pt")
    assert again.num_nodes == batch.num_nodes == 15
    names = ("ragged whole graphs", "EgoNets") if num_hops == 0 else ("SPENConv", "RootedEgoNets")
    for name in names:
        assert step(name, num_hops or 1, again)() == step(name, num_hops or 1, batch)()


def test_no_code_of_a_saved_batch_is_run(tmp_path):
    torch.save(Planted(), tmp_path / "batch.pt")
    with pytest.raises(RuntimeError, match="could run code; remove it to make it again"):
        read(tmp_path / "batch.pt")
    assert Planted.run == 0


class Planted:
    run = 0

    def __reduce__(self):
        return Planted.count, ()

    @staticmethod
    def count():
        Planted.run += 1
        return {}


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
def test_slope_finds_the_exponent(exponent):
    sizes = [10, 100, 1000, 10_000]
    # The lowest decade is overhead.
    values = [1e9, *(3 * n**exponent for n in sizes[1:])]
    assert slope(sizes, values) == pytest.approx(exponent)
    assert slope(sizes, values, decades=1) == pytest.approx(exponent)
    assert slope(sizes, values, decades=3) < exponent - 1


def test_slope_needs_two_sizes():
    assert math.isnan(slope([], [])) and math.isnan(slope([10], [1.0]))


def test_report_tells_ratios_and_limits(tmp_path):
    def row(part, case, name, nodes=None, **found):
        return {"part": part, "case": case, "name": name, "nodes": nodes, **found}

    def done(seconds, megabytes):
        plain = 2 * seconds - 0.25
        return {"seconds": seconds, "plain_seconds": plain, "megabytes": megabytes, "rows": 5}

    report(
        tmp_path,
        [
            row("batches", "MUTAG", "SPENConv", **done(0.5, 10.0)),
            row("batches", "MUTAG", "padded whole graphs", **done(2.0, 70.0)),
            row("batches", "PROTEINS", "SPENConv", **done(0.5, 10.0)),
            row("batches", "PROTEINS", "padded whole graphs", failed="out of memory"),
            row("growth", "10", "SPENConv", 10, **done(1.0, 1.0)),
            row("growth", "100", "SPENConv", 100, **done(10.0, 10.0)),
            row("growth", "10", "padded whole graphs", 10, **done(1.0, 1.0)),
            row("growth", "100", "padded whole graphs", 100, failed="over 180 s"),
        ],
    )
    table = (tmp_path / "table.md").read_text()
    ours = "5 | 0.5000 | 1.00 | 0.7500 | 1.00 | 10.0 | 1.00"
    padded = "2.0000 | 4.00 | 3.7500 | 5.00"
    assert f"| MUTAG | SPENConv | {ours} |" in table
    assert f"| MUTAG | padded whole graphs | 5 | {padded} | 70.0 | 7.00 |" in table
    assert "| PROTEINS | padded whole graphs | | out of memory | | | | | |" in table
    assert "- SPENConv: time n^1.00, memory n^1.00; 100 nodes: 10.000 s, 10 MB\n" in table
    assert "100 nodes: over 180 s" in table
    assert len((tmp_path / "results.csv").read_text().splitlines()) == 9
    assert (tmp_path / "figure.png").stat().st_size > 0


@pytest.mark.slow
def test_measures_a_network(tmp_path):
    file = tmp_path / "batch.pt"
    write(collate([random_graph(50)], 1, shared=False), file)
    found = measure([str(FOLDER / "spen.py"), "--work", "SPENConv", "1", str(file)], seconds=120)
    assert found["seconds"] > 0 and found["megabytes"] > 0 and found["rows"] > 50
