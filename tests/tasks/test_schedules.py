import pytest
import torch

from pyg_symm.tasks import cosine_with_warm_up


def rates(epochs, warm_up, steps):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=2.0)
    scheduler = cosine_with_warm_up(optimizer, epochs, warm_up)
    out = []
    for _ in range(steps):
        out.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return out


def test_rates_grow_and_fall():
    assert rates(4, 0, 6) == pytest.approx([2.0, 1 + 0.5**0.5, 1.0, 1 - 0.5**0.5, 0.0, 0.0])
    assert rates(4, 2, 3) == pytest.approx([0.5, (1 + 0.5**0.5) / 2, 1.0])


def test_bad_settings_are_named():
    for settings, name in (((0, 0), "epochs"), ((1, -1), "warm_up")):
        with pytest.raises(ValueError, match=f"'{name}'"):
            rates(*settings, steps=1)
