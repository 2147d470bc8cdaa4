import torch

from pyg_symm.utils.lazy import lazy, moved_parts


class Doubled:
    def __init__(self, x):
        self.x, self.parts, self.calls = x, {}, 0

    @lazy
    def twice(self):
        """Two times x."""
        self.calls += 1
        return 2 * self.x


def test_computed_once():
    doubled = Doubled(torch.ones(3))
    assert doubled.twice is doubled.twice and doubled.calls == 1
    assert Doubled.twice.__doc__ == "Two times x."


def test_made_in_inference_mode_used_in_training():
    doubled = Doubled(torch.ones(3))
    with torch.inference_mode():
        assert not doubled.twice.is_inference()
    w = torch.ones(3, requires_grad=True)
    (w * doubled.twice).sum().backward()
    assert torch.equal(w.grad, torch.full((3,), 2.0))


def test_nothing_is_kept_while_exporting():
    class Module(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.doubled = Doubled(torch.ones(3))

        def forward(self, x):
            return x + self.doubled.twice

    module = Module()
    torch.export.export(module, (torch.ones(3),), strict=False)
    assert module.doubled.parts == {}
    assert type(module(torch.ones(3))) is torch.Tensor


def test_parts_are_moved():
    parts = {"a": torch.ones(2), "b": ({1: torch.ones(3)}, 4, None)}
    moved = moved_parts(parts, "meta")
    assert moved["a"].device.type == moved["b"][0][1].device.type == "meta"
    assert moved["b"][1:] == (4, None)
