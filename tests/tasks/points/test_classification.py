import math

import torch
from torch_geometric.data import Data

from pyg_symm.tasks import PointClassification
from pyg_symm.tasks.data.packed import PackedGraphs


class Fixed(torch.nn.Module):
    def forward(self, x, pos, edge_index=None, batch=None, vec=None):
        return torch.tensor([[2.0, 1.0]]).expand(int(batch.max()) + 1, -1)


def test_errors_are_percent_of_the_clouds():
    items = [Data(pos=torch.zeros(2, 2), y=torch.tensor([label])) for label in (0, 1, 0, 0)]
    batch = PackedGraphs(items).batch(torch.arange(4))
    task = PointClassification(Fixed())
    scores = {name: float(v / n) for name, (v, n) in task.evaluate(batch).items()}
    right, wrong = math.log(1 + math.exp(-1)), math.log(1 + math.exp(1))
    assert scores["error"] == 25 and abs(scores["loss"] - (3 * right + wrong) / 4) < 1e-6
    assert abs(float(task.loss(batch)) - scores["loss"]) < 1e-6
