from dataclasses import dataclass

import torch
from torch import nn
from torch_geometric.data import Data

from pyg_symm.weights.copies import converted, tensors_of


@dataclass
class Pair:
    first: torch.Tensor
    rest: list


def test_modules_keep_ties_and_types_of_other_numbers():
    model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3), nn.BatchNorm1d(3)).half()
    model[1].weight = model[0].weight
    twin = converted(model, torch.float64)
    assert twin[1].weight is twin[0].weight and twin[0].weight.dtype == torch.float64
    assert twin[2].num_batches_tracked.dtype == torch.long
    assert model[0].weight.dtype == torch.float16
    assert converted(model, torch.float32)[0].weight.dtype == torch.float32


def test_any_object_that_holds_tensors():
    x = torch.randn(3, requires_grad=True)
    inner = x * 2  # Not a leaf: PyTorch refuses to copy it.
    content = {"pair": Pair(inner, [inner, torch.arange(2)]), "graph": Data(x=torch.randn(2, 2))}
    out = converted(content, torch.float64)
    assert out["pair"].first.dtype == torch.float64 and out["pair"].rest[0] is out["pair"].first
    assert out["pair"].rest[1].dtype == torch.long
    assert out["graph"].x.dtype == torch.float64
    assert torch.equal(out["pair"].first.float(), inner)
    assert content["pair"].first is inner


def test_tensors_of_a_result():
    a, b, c = torch.randn(2), torch.randn(3), torch.arange(2)
    assert [id(x) for x in tensors_of((a, {"b": [b]}, Pair(c, [])))] == [id(a), id(b), id(c)]
    assert tensors_of(3) == []
