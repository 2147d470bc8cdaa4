import pytest
import torch

from pyg_symm.utils.recording import record

DEVICES = [
    "cpu",
    pytest.param(
        "cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
    ),
]


@pytest.mark.parametrize("device", DEVICES)
def test_replays_read_what_inputs_hold_now(device):
    x = torch.zeros(3, device=device)
    replay = record(lambda: (x + 1, 2 * x), x.device)
    for value in (1.0, 5.0):
        x.fill_(value)
        more, twice = replay()
        assert (more == value + 1).all() and (twice == 2 * value).all()
