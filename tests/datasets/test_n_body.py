import numpy as np
import pytest
import torch

from pyg_symm.datasets import NBody


def errors(dataset, *scales):
    """The errors of particles that move on at a share of their velocity."""
    pos, vel, y = dataset.pos, dataset.vec[:, 0], dataset.y
    return [((pos + scale * vel - y) ** 2).mean().item() for scale in scales]


@pytest.mark.slow
def test_published_set(tmp_path):
    train, test = (NBody(str(tmp_path), split) for split in ("train", "test"))
    assert str(train) == "NBody(3000)" and str(test) == "NBody(2000)"
    vel, moved = train.vec[:, 0], train.y - train.pos
    scale = float((vel * moved).sum() / (vel * vel).sum())
    assert scale == pytest.approx(0.7237, abs=5e-5)
    assert errors(test, 0, 1, scale) == pytest.approx([0.2715, 0.1079, 0.0836], abs=1e-4)
    assert test[0].x.view(-1).tolist() == [1, 1, -1, -1, 1]
    torch.testing.assert_close(test[0].pos[0], torch.tensor([1.72990, 0.76352, 0.32737]))
    torch.testing.assert_close(test[0].y[0], torch.tensor([2.20285, 0.96216, -0.67956]))


def test_graphs(tmp_path):
    state = np.random.get_state()[1].copy()
    dataset = NBody(str(tmp_path), "val", limit=4)
    assert np.array_equal(np.random.get_state()[1], state)
    assert len(dataset) == 4 and not torch.equal(dataset[0].pos, dataset[1].pos)
    for data in dataset:
        data.validate()
        assert data.num_nodes == 5 and data.x.shape == (5, 1)
        assert data.pos.shape == data.y.shape == (5, 3) and data.vec.shape == (5, 1, 3)
        assert data.num_edges == 20 and not data.has_self_loops() and data.is_coalesced()
        assert {data[key].dtype for key in ("x", "pos", "vec", "y")} == {torch.float}
        assert set(data.x.view(-1).tolist()) <= {-1.0, 1.0}


def test_at_most_so_many_trajectories_evenly_spread(tmp_path):
    first = NBody(str(tmp_path), num_train=4)
    assert len(first) == 4 and len(NBody(str(tmp_path), num_train=2)) == 2
    spread = NBody(str(tmp_path), num_train=4, limit=2)
    assert len(spread) == 2
    for data, i in zip(spread, (1, 3), strict=True):
        assert all(torch.equal(data[key], first[i][key]) for key in data.keys())
    # The number of trajectories to train on does not touch the other splits.
    NBody(str(tmp_path), "test", limit=1)
    folders = len(list((tmp_path / "NBody").iterdir()))
    NBody(str(tmp_path), "test", num_train=4, limit=1)
    assert len(list((tmp_path / "NBody").iterdir())) == folders


def test_processed_once(tmp_path):
    dataset = NBody(str(tmp_path), num_train=1)
    (path,) = tmp_path.rglob("*.pt")
    time = path.stat().st_mtime_ns
    again = NBody(str(tmp_path), num_train=1)
    assert path.stat().st_mtime_ns == time and torch.equal(again.y, dataset.y)


def test_pre_transform(tmp_path):
    def displacement(data):
        data.y = data.y - data.pos
        return data

    kwargs = {"num_train": 2}
    plain = NBody(str(tmp_path), **kwargs)
    moved = NBody(str(tmp_path), pre_transform=displacement, **kwargs)
    assert torch.equal(moved.y, plain.y - plain.pos)
    assert torch.equal(NBody(str(tmp_path), transform=displacement, **kwargs)[1].y, moved[1].y)


def test_errors(tmp_path):
    with pytest.raises(ValueError, match=r"'split' must be one of .*got 'valid'"):
        NBody(str(tmp_path), "valid")
    with pytest.raises(ValueError, match=r"'num_train' must be in 1..10000 \(got 10001\)"):
        NBody(str(tmp_path), num_train=10_001)
    with pytest.raises(ValueError, match=r"'limit' must be positive \(got 0\)"):
        NBody(str(tmp_path), limit=0)
    assert not list(tmp_path.iterdir())
