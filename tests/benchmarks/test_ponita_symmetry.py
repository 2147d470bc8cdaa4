import sys
from pathlib import Path

import pytest
import torch
from torch_geometric.data import Data

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
pytest.importorskip("resource")

from ponita_symmetry import build, errors, mean_square, train

from pyg_symm.groups import icosahedral_group, random_rotations


def graphs(num):
    generator = torch.Generator().manual_seed(0)
    out = []
    for _ in range(num):
        pos, vec = torch.randn(5, 3, generator=generator), torch.randn(5, 3, generator=generator)
        x = torch.ones(5, 1)
        out.append(Data(x=x, pos=pos, vec=vec.unsqueeze(1), y=pos + vec))
    return out


def test_errors_are_those_of_the_grid():
    model, data = build(12), graphs(4)
    with torch.no_grad():
        for block in model.stack.blocks:
            block.scale.fill_(1.0)
    assert float(errors(model, data, icosahedral_group()[::20]).max()) < 1e-12
    found = errors(model, data, random_rotations(3))
    assert found.shape == (3, 2) and 1e-4 < float(found.min())
    assert next(model.parameters()).dtype == torch.float32


def test_training_lowers_the_error():
    model, data = build(6), graphs(100)
    before = mean_square(model, data)
    train(model, data, epochs=120)
    assert mean_square(model, data) < 0.5 * before
