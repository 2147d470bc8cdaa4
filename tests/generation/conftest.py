import pytest
import torch

from pyg_symm.generation import PARD, GraphStatistics, PARDConfig

SMALL = {"hidden_channels": 16, "edge_channels": 8, "num_layers": 2, "heads": 4}


VARIANTS = [
    {},
    {"shared_trunk": True},
    {"virtual_class": True},
    {"prior": "marginal", "schedule": "linear"},
    {"max_hops": 0},
    {"max_hops": 1, "network": {"norm": "batch", "norm_residual": "normed"}},
]


@pytest.fixture(params=VARIANTS, ids=str)
def variant(request):
    """Settings that change what a generator is made of."""
    return request.param


@pytest.fixture(scope="session")
def graphs(random_graph):
    return [random_graph(n, s, 3, 2) for s, n in enumerate([5, 8, 1, 6, 7, 4])]


@pytest.fixture
def make(graphs):
    def make(seed=0, max_hops=3, steps=4, network=None, **kwargs):
        torch.manual_seed(seed)
        statistics = GraphStatistics.of(graphs, 3, 3, max_hops)
        network = {**SMALL, **(network or {})}
        return PARD(PARDConfig(statistics, num_steps=steps, network=network, **kwargs)).eval()

    return make


@pytest.fixture
def seeded():
    return lambda seed=0: torch.Generator().manual_seed(seed)
