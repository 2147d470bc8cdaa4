import sys
from pathlib import Path

import pytest
import torch
from torch.nn.functional import cross_entropy
from torch_geometric.data import Data
from torch_geometric.nn import MLP

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from weight_paths import paths, report

from pyg_symm.tasks import ClassSplits, RowClassification, Trials
from pyg_symm.weights import interpolate, repair, taylor_barrier


def images(split):
    torch.manual_seed(len(split))
    return [Data(x=torch.randn(1, 6), y=torch.tensor([i % 3])) for i in range(24)]


def test_figures_of_paths_and_layers():
    data = ClassSplits(images, batch_size=10)
    models = [MLP([6, 12, 12, 3], norm=None) for _ in range(2)]
    trials = Trials(RowClassification(models[0]), data)
    a, b = (model.state_dict() for model in models)
    found = paths(trials, [a, b], 5)
    ((height, estimate, middle, mended),) = found["naive"]
    x, y = (torch.cat([batch[key] for batch in trials.batches]) for key in "xy")
    whole = taylor_barrier(models[0], a, b, lambda net: cross_entropy(net(x), y), 5)
    assert estimate == pytest.approx(whole.barrier, abs=1e-5) and height >= 0
    train = torch.cat([batch.x for batch in trials.train_batches])
    expected = repair(models[0], a, b, 0.5, [train])
    assert mended == pytest.approx(cross_entropy(expected(x), y).item(), rel=1e-4)
    models[1].load_state_dict(interpolate(a, b))
    assert middle == pytest.approx(cross_entropy(models[1](x), y).item(), rel=1e-4)
    text = report(trials, [a, b], 5, 0.3)
    assert "matched, median" in text and "| lins.2 |" in text
