import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.utils import erdos_renyi_graph

from pyg_symm.diffusion import BlockGraphs, symmetric
from pyg_symm.nn.models import BlockDenoiser

SMALL = {"hidden_channels": 16, "edge_channels": 8, "num_layers": 2, "heads": 4}


def random_graph(n, seed):
    torch.manual_seed(seed)
    edge_index = erdos_renyi_graph(n, 0.35)
    key = edge_index.amin(0) * n + edge_index.amax(0)
    return Data(
        x=torch.randint(4, (n, 1)), edge_index=edge_index, edge_attr=1 + key % 3, num_nodes=n
    )


@pytest.fixture(scope="module")
def graphs():
    return BlockGraphs.from_data([random_graph(n, s) for s, n in enumerate([5, 12, 1, 9])])


def noisy_inputs(graphs, seed=0):
    generator = torch.Generator().manual_seed(seed)
    node = torch.randint(4, graphs.node.shape, generator=generator)
    edge = symmetric(torch.randint(4, graphs.edge.shape, generator=generator))
    time = torch.rand(graphs.num_graphs, generator=generator, dtype=torch.double)
    return node, edge, time


def make(seed=0, **kwargs):
    torch.manual_seed(seed)
    model = BlockDenoiser(4, 4, **SMALL, **kwargs).double()
    if kwargs.get("norm") == "batch":  # Statistics other than those it begins with.
        graph = BlockGraphs.from_data([random_graph(8, 9)])
        for _ in range(3):
            model(graph, *noisy_inputs(graph))
    return model.eval()


def test_all_parameters_learn_and_are_saved(graphs):
    model = make(norm="rms")
    logits, pair_logits = model(graphs, *noisy_inputs(graphs))
    (logits.square().sum() + pair_logits.square().sum()).backward()
    silent = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    # Attention logits are unmoved by a constant: their bias cancels.
    assert all("lin_weight.bias" in name or "edge_mlp" in name for name in silent), silent
    other = make(seed=1, norm="rms")
    other.load_state_dict(model.state_dict())
    assert torch.equal(other(graphs, *noisy_inputs(graphs))[0], logits)


def test_bfloat16_autocast_is_close(graphs):
    model = make().float()
    node, edge, time = noisy_inputs(graphs)
    plain, _ = model(graphs, node, edge, time.float())
    with torch.autocast("cpu", torch.bfloat16):
        low, _ = model(graphs, node, edge, time.float())
    assert low.isfinite().all()
    assert (low.float() - plain)[graphs.mask].abs().max() < 0.1


def test_compiles_without_breaks(graphs):
    model = make().float()
    inputs = [v.float() if v.is_floating_point() else v for v in noisy_inputs(graphs)]
    compiled = torch.compile(model, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(graphs, *inputs), model(graphs, *inputs))


def test_repr():
    assert repr(make()) == "BlockDenoiser(4, 4, hidden_channels=16, edge_channels=8, num_layers=2)"
