import torch

from pyg_symm.weights.matching import Match


def test_repr_is_short():
    match = Match({"h": torch.arange(1000)}, 1.5, [0.5, 1.5])
    assert repr(match) == "Match(objective=1.5, starts=[])"
