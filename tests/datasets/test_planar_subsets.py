import pytest
import torch

from pyg_symm.datasets import GaussianMixtureSubsets, TwoMoonsSubsets


def moons(x):
    """The distances of points from both half circles, of radius two."""
    x = (x - x.new_tensor([-1.0, -0.2])) / 2
    outer, inner = x, x - x.new_tensor([1.0, 0.5])
    apart = []
    for centred, side in ((outer, 1), (inner, -1)):
        ends = (centred.unsqueeze(1) - torch.tensor([[-1.0, 0], [1, 0]])).norm(dim=-1).amin(dim=1)
        on_side = side * centred[:, 1] >= 0
        apart.append(torch.where(on_side, (centred.norm(dim=-1) - 1).abs(), ends))
    return torch.stack(apart)


def test_moons():
    dataset = TwoMoonsSubsets(num_sets=20)
    usual_is_outer = []
    for data in dataset:
        assert data.x.shape == (100, 2) and int(data.y.sum()) == 10
        apart = moons(data.x)
        options = torch.stack([torch.where(data.y, apart[1 - i], apart[i]) for i in (0, 1)])
        assert options.mean(dim=1).min() < 0.11  # The noise of 0.1, in two dimensions.
        usual_is_outer.append(int(options.mean(dim=1).argmin()) == 0)
    assert 0 < sum(usual_is_outer) < 20


def test_mixture():
    dataset = GaussianMixtureSubsets(num_sets=200)
    for data in list(dataset)[:20]:
        usual, few = data.x[~data.y].mean(dim=0), data.x[data.y].mean(dim=0)
        assert usual @ few < 0
        assert (usual.norm() - 1).abs() < 0.25 and data.x[~data.y].std(dim=0).sub(
            0.5
        ).abs().max() < 0.15
    assert dataset.x.mean(dim=0).abs().max() < 0.2


@pytest.mark.parametrize("dataset", [TwoMoonsSubsets, GaussianMixtureSubsets])
def test_sizes(dataset):
    data = dataset(num_sets=2, size=7, k=3)[1]
    assert data.x.shape == (7, 2) and int(data.y.sum()) == 3
    for k in (0, 7):
        with pytest.raises(ValueError, match=rf"'k' must be in 1..6, below 'size' \(got {k}\)"):
            dataset(num_sets=2, size=7, k=k)
