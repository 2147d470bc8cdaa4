import pytest
import torch

from pyg_symm.groups import SL, SO, GLPlus
from pyg_symm.nn.models import AffinePointNet
from pyg_symm.testing import ModelSuite

EDGES = torch.tensor([[1, 0, 3, 1, 2, 2, 4], [0, 1, 1, 2, 0, 3, 3]])
SMALL = {"hidden_channels": 8, "num_layers": 2, "kernel_channels": 8}


def built(group, **kwargs):
    torch.manual_seed(0)
    return AffinePointNet(3, out_channels=4, group=group, **{**SMALL, **kwargs}).eval()


class PointSuite(ModelSuite):
    model = AffinePointNet
    in_channels = 5
    group = SL(2)

    def build(self):
        # The suite sets the global seed for every step; samples have their own.
        options = {"resample": False, "radius": 2.0, **SMALL}
        return AffinePointNet(3, out_channels=4, group=self.group, **options)

    def call(self, model, batch):
        pos, x = batch.x[:, : self.group.n], batch.x[:, -3:]
        return model(x, pos, batch.edge_index, batch.batch, batch_size=batch.num_graphs)


class TestPlane(PointSuite):
    pass


class TestSpace(PointSuite):
    in_channels = 6
    group = GLPlus(3)

    def build(self):
        options = {"resample": False, "pool": "mean", "mask": "sigmoid", **SMALL}
        return AffinePointNet(3, out_channels=4, group=self.group, **options)


@pytest.mark.parametrize("pool", ["max", "mean"])
@pytest.mark.parametrize("group", [SO(2), SL(2), GLPlus(2), SO(3), SL(3), GLPlus(3)], ids=str)
def test_maps_of_positions_and_samples(group, pool, dtype):
    model, samples = built(group, pool=pool), group.sample(4)
    x, pos = torch.randn(5, 3), torch.randn(5, group.n)
    h = group.sample(3, std=0.8).elements[2]
    h = 1.2 * h if group.has_det else h
    out = model(x, pos, EDGES, samples=samples)
    again = model(x, group.act(h, pos) + 1.0, EDGES, samples=samples.translate(h))
    tol = 1e-3 if dtype == torch.float else 1e-9
    torch.testing.assert_close(again, out, atol=tol, rtol=tol)


def test_quarter_turns_need_no_translated_samples(dtype):
    model = built(SO(2), num_samples=4)
    x, pos = torch.randn(5, 3), torch.randn(5, 2)
    quarter = torch.tensor([[0.0, -1.0], [1.0, 0.0]])
    tol = 1e-4 if dtype == torch.float else 1e-10
    turned = model(x, pos @ quarter.T, EDGES)
    torch.testing.assert_close(turned, model(x, pos, EDGES), atol=tol, rtol=tol)
    sheared = pos @ torch.tensor([[1.0, 0.0], [0.3, 1.0]])
    assert (model(x, sheared, EDGES) - turned).abs().max() > 1e-3


def test_training_draws_samples():
    model = built(SL(2)).train()
    x, pos = torch.randn(5, 3), torch.randn(5, 2)
    assert not torch.equal(model(x, pos, EDGES), model(x, pos, EDGES))
    drawn = [model(x, pos, EDGES, generator=torch.Generator().manual_seed(s)) for s in (0, 0, 1)]
    assert torch.equal(drawn[0], drawn[1]) and not torch.equal(drawn[0], drawn[2])
    assert repr(model) == "AffinePointNet(3, 8, 4, num_layers=2, group=SL(2), num_samples=4)"


def test_wrong_arguments():
    with pytest.raises(ValueError, match="'in_vectors' must be 0 .got 1"):
        built(SL(2), in_vectors=1)
    with pytest.raises(ValueError, match="'pool' must be 'max' or 'mean'"):
        built(SL(2), pool="sum")
    model, x, pos = built(SL(2)), torch.randn(5, 3), torch.randn(5, 2)
    with pytest.raises(ValueError, match="'vec' must be None"):
        model(x, pos, EDGES, vec=torch.randn(5, 1, 2))
    with pytest.raises(ValueError, match=r"'g_out' must be samples of SL\(2\)"):
        model(x, pos, EDGES, samples=GLPlus(2).sample(4))
