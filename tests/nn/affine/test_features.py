import torch

from pyg_symm.groups import SL
from pyg_symm.nn.affine import GroupFeatures


def test_features_and_their_samples():
    samples = SL(2).sample(3)
    x, same = GroupFeatures(torch.zeros(1, 2, 3, 4, 4), samples)
    assert same is samples and x.size(2) == len(same)
