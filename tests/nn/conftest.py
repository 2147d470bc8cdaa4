import pytest
import torch

from pyg_symm.nn import PONITA


@pytest.fixture(autouse=True)
def both_precisions(dtype):
    """Every test of a layer runs in float32 and in float64."""


# One loop, one edge one way; node 5 is alone.
_EDGES = torch.tensor([[0, 1, 1, 2, 3, 2, 4, 4], [1, 0, 2, 1, 2, 3, 4, 0]])


def _cloud(dim=3):
    generator = torch.Generator().manual_seed(1)
    x, pos, vec = (
        torch.randn(size, generator=generator, dtype=torch.double).to(torch.get_default_dtype())
        for size in ((6, 2), (6, dim), (6, 1, dim))
    )
    return x, pos, _EDGES, vec


def _ponita(orientations=12, calibrated=True, **kwargs):
    options = {"in_vectors": 1, "out_vectors": 1, "layer_scale": 0.5, "readouts": "all"}
    torch.manual_seed(0)
    model = PONITA(2, 8, 3, 2, orientations=orientations, **{**options, **kwargs})
    if calibrated:
        x, pos, edge_index, vec = _cloud(model.dim)
        model.calibrate(x, pos, edge_index, vec=vec)
    return model.eval()


@pytest.fixture
def cloud():
    """Makes scalars, positions, edges and vectors of six nodes, always the same."""
    return _cloud


@pytest.fixture
def ponita():
    """Makes a small network, always the same, that takes and gives scalars and vectors."""
    return _ponita
