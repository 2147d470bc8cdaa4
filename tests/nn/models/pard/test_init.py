import math

import torch
from torch import nn

from pyg_symm.nn.models.pard import init_parameters


def test_weights_are_as_wide_as_the_gain_says_biases_zero_and_norms_plain():
    module = nn.Sequential(nn.Linear(60, 40), nn.LayerNorm(40), nn.Embedding(30, 50))
    with torch.no_grad():
        for p in module.parameters():
            p.fill_(7)
    init_parameters(module, gain=0.5)
    lin, norm, emb = module
    for weight, fans in ((lin.weight, 100), (emb.weight, 80)):
        bound = 0.5 * math.sqrt(6 / fans)
        assert 0.9 * bound < weight.abs().max() <= bound
    assert not lin.bias.any() and not norm.bias.any() and (norm.weight == 1).all()
