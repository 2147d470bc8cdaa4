import pytest
import torch
from torch import nn

from pyg_symm.weights import barrier, trace_spec, weight_matching
from pyg_symm.weights.tracing.export import class_names, export_spec
from pyg_symm.weights.tracing.terms import Units, frozen


def test_names():
    u, w, z, v = Units(4), Units(3), Units(5), Units(2)
    axes = {
        "0.weight": (((u,),), frozen(2)),
        "a.lin.weight": (((w,),), ((u,),)),
        "a.lin.bias": (((z,),),),
        "gamma": (((v,),),),
    }
    names = class_names(axes)
    assert names == {u: "layer0", w: "a.lin", z: "a.lin.1", v: "gamma"}


def test_tied_tensors_and_statistics_are_not_scored():
    u, w = Units(4), Units(3)
    x, y = torch.randn(4, 2), torch.randn(4)
    axes = {
        "a.weight": (((u,),), frozen(2)),
        "b.weight": (((u,),), frozen(2)),
        "n.running_mean": (((u,),),),
        "m.running_mean": (((w,),),),
    }
    stored = {"a.weight": x, "b.weight": x, "n.running_mean": y, "m.running_mean": torch.randn(3)}
    spec = export_spec(stored, axes, {"a.weight", "b.weight"})
    assert spec.unscored == {"b.weight", "n.running_mean", "m.running_mean"}
    assert spec.classes == {"a": 4}


class Masked(nn.Module):
    """Its state has a mask of infinite numbers."""

    def __init__(self):
        super().__init__()
        self.lin1, self.lin2 = nn.Linear(4, 6), nn.Linear(6, 2)
        self.register_buffer("mask", torch.full((9, 9), -torch.inf).triu(1))

    def forward(self, x):
        x = self.lin1(x).relu()
        scores = x @ x.mT + self.mask[: x.size(1), : x.size(1)]
        return self.lin2(scores.softmax(-1) @ x)


def test_masks_of_infinite_numbers_are_not_compared():
    torch.manual_seed(0)
    model, x = Masked().double(), torch.randn(2, 5, 4, dtype=torch.double)
    spec = trace_spec(model, x)
    assert spec.classes == {"lin1": 6} and spec.unscored == {"mask"}
    a = model.state_dict()
    b = spec.apply(a, spec.random(torch.Generator().manual_seed(1)))
    match = weight_matching(spec, a, b)
    assert all(torch.equal(a[n], x) for n, x in spec.apply(b, match.permutation).items())
    assert barrier(model, a, b, lambda net: net(x).square().mean(), 3).barrier >= 0
    with pytest.raises(ValueError, match="'mask' holds NaN or infinite"):
        spec.validate({**a, "mask": a["mask"] * 0})
    with pytest.raises(ValueError, match="'lin2.bias' holds NaN or infinite"):
        spec.validate({**a, "lin2.bias": a["lin2.bias"] / 0})
