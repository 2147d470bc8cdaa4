import sys
from argparse import Namespace
from pathlib import Path

import pytest
import torch

from pyg_symm.nn import GauntMACE
from pyg_symm.run import compose_config
from pyg_symm.testing import assert_equivariant_under

FOLDER = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(FOLDER))
pytest.importorskip("e3nn")

from cg_mace import CGMACE, feature_irreps  # noqa: E402
from gaunt_networks import NETWORKS, overrides, table  # noqa: E402

SIZES = {
    "nbody": {"in_channels": 1, "in_vectors": 1, "out_channels": 0, "out_vectors": 1},
    "tetris": {"in_channels": 0, "out_channels": 8},
    "md": {"in_channels": 3, "out_channels": 1},
}


def parameters(model):
    return sum(p.numel() for p in model.parameters())


@pytest.fixture
def points(float64):
    pairs = torch.ones(6, 6).triu(1).nonzero()[::2].t()
    edge_index = torch.cat([pairs, pairs.flip(0)], dim=1)
    return torch.rand(6, 2), 1.5 * torch.randn(6, 3), edge_index, torch.randn(6, 1, 3)


@pytest.mark.parametrize("parity", ["even", "both"])
@pytest.mark.parametrize("chiral", [False, True])
def test_the_twin_has_the_symmetry_of_the_network(points, parity, chiral):
    if chiral and parity == "even":
        return
    x, pos, edge_index, vec = points
    sizes = {"in_vectors": 1, "out_vectors": 2, "correlation": 3, "elements": True}
    model = CGMACE(2, 4, 3, 2, parity=parity, chiral=chiral, **sizes)
    roles = ("scalar", "vector")

    def function(pos, vec):
        return model(x, pos, edge_index, vec=vec)

    inputs = {"pos": pos, "vec": vec}
    assert_equivariant_under(function, inputs, "SE(3)" if chiral else "E(3)", roles)
    scalars, vectors = function(pos, vec)
    others, negative = function(-pos, -vec)
    assert torch.allclose(scalars, others) != chiral
    assert torch.allclose(vectors, -negative) != chiral


def test_the_twin_takes_and_gives_what_the_network_does(points):
    x, pos, _, vec = points
    batch = torch.tensor([0, 0, 0, 0, 1, 1])
    for kwargs in ({}, {"pool": "sum", "cutoff": 3.0, "num_neighbors": 2.0}):
        sizes = {"in_vectors": 1, "out_vectors": 2, **kwargs}
        shapes = []
        for model in (cls(2, 4, 3, 1, **sizes) for cls in (GauntMACE, CGMACE)):
            shapes.append([part.shape for part in model(x, pos, None, batch, vec)])
        assert shapes[0] == shapes[1]
    assert str(feature_irreps(4, 1, 2)) == "4x0e+4x1o+4x0o+4x1e"


def test_without_odd_paths_there_are_no_pseudo_features():
    model = CGMACE(1, 4, 1, 2, in_vectors=1, parity="even")
    for layer in model.layers:
        assert all(ir.p == (-1) ** ir.l for _, ir in layer.out_irreps + layer.irreps)


@pytest.mark.parametrize("task", list(NETWORKS))
def test_networks_have_about_as_many_parameters(task):
    numbers = []
    for network in NETWORKS[task]:
        args = Namespace(task=task, minutes=1, files=["a.xyz"], test=["b.xyz"], override=[])
        cfg = compose_config("train", overrides(args, network, 0)).model
        cls = CGMACE if network == "CG" else GauntMACE
        names = ("lmax", "correlation", "parity", "chiral", "elements", "cutoff", "pool")
        kwargs = {name: cfg[name] for name in names}
        numbers.append(
            parameters(
                cls(
                    SIZES[task]["in_channels"],
                    cfg.hidden_channels,
                    SIZES[task]["out_channels"],
                    cfg.num_layers,
                    **kwargs,
                    **{k: v for k, v in SIZES[task].items() if "vec" in k},
                )
            )
        )
    assert max(numbers) < 1.1 * min(numbers), numbers


def test_table():
    rows = {"CG": [{"error": 1.0}, {"error": 3.0}], "Gaunt": [{"error": 2.0}, {"error": 2.0}]}
    assert table(rows).splitlines()[2:] == ["| CG | 2 ± 1.4 |", "| Gaunt | 2 ± 0 |"]
