import torch

from pyg_symm.nn.models.subsets import RecognitionNetwork

INDEX = torch.tensor([0, 0, 1, 1, 1])


def test_formula():
    network, x = RecognitionNetwork(3, 6), torch.randn(5, 3)
    logits, scale, factors = network(x, INDEX, 2)
    assert scale is None and factors is None
    for i in range(5):
        mean = x[INDEX == INDEX[i]].mean(dim=0)
        hidden = (network.lin(x[i]) + network.lin_context(mean)).relu()
        torch.testing.assert_close(logits[i], network.out(hidden)[0])


def test_correlations():
    logits, scale, factors = RecognitionNetwork(3, 6, copula=True)(torch.randn(5, 3), INDEX, 2)
    assert logits.shape == scale.shape == (5,) and factors.shape == (5, 5)
    assert bool((scale > 0).all()) and bool((factors.abs() < 1).all())
