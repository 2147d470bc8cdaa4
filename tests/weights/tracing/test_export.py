import torch

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
