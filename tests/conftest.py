import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.utils import erdos_renyi_graph

torch.set_num_threads(1)  # Tests run beside each other; threads of small tensors only wait.


@pytest.fixture
def float64():
    """Double precision, where round-off cannot hide a mistake, from one seed."""
    torch.set_default_dtype(torch.double)
    torch.manual_seed(0)
    yield
    torch.set_default_dtype(torch.float)


# Of results that round-off alone keeps apart.
_TOLERANCE = {torch.float32: 2e-5, torch.float64: 1e-12}


@pytest.fixture(params=list(_TOLERANCE), ids=str)
def dtype(request):
    """Single and double precision in turn, as the type of new tensors, from one seed."""
    torch.set_default_dtype(request.param)
    torch.manual_seed(0)
    yield request.param
    torch.set_default_dtype(torch.float)


@pytest.fixture
def tol(dtype):
    """How far results in this precision may be from each other."""
    return _TOLERANCE[dtype]


@pytest.fixture
def assert_deterministic():
    """Wants the same bits of a second run, under deterministic algorithms."""

    def check(run):
        expected = run()
        torch.use_deterministic_algorithms(True)
        try:
            for a, b in zip(run(), expected, strict=True):
                assert torch.equal(a, b)
        finally:
            torch.use_deterministic_algorithms(False)

    return check


def _random_graph(n, seed, node_classes=4, edge_classes=3, density=0.35):
    torch.manual_seed(seed)
    edge_index = erdos_renyi_graph(n, density)
    key = edge_index.amin(0) * n + edge_index.amax(0)
    x = torch.randint(node_classes, (n, 1))
    return Data(x=x, edge_index=edge_index, edge_attr=1 + key % edge_classes, num_nodes=n)


@pytest.fixture(scope="session")
def random_graph():
    """Makes a random graph with classes of nodes and, from 1 on, of edges."""
    return _random_graph


@pytest.fixture
def same_graphs():
    """Whether two lists hold the same graphs, with the same blocks."""

    def same(a, b):
        return len(a) == len(b) and all(
            torch.equal(x[key], y[key])
            for x, y in zip(a, b, strict=True)
            for key in ("x", "edge_index", "edge_attr", "block_id")
        )

    return same


_INVALID = [
    (None, "unknown"),
    ("", "empty"),
    ("C1CC", "syntax"),
    ("C(C)(C)(C)(C)C", "valence"),
    ("c1ccc[n]1C=c", "kekulization"),
    ("c1cccc1", "kekulization"),
]


@pytest.fixture(params=_INVALID, ids=[f"{smiles}-{reason}" for smiles, reason in _INVALID])
def invalid_smiles(request):
    """A SMILES that is refused, and why."""
    return request.param
