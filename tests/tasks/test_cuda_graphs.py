import pytest
import torch

from pyg_symm.tasks import GraphedLoss
from pyg_symm.utils import Noise

from .test_generation import make_model

DEVICES = [
    "cpu",
    pytest.param(
        "cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
    ),
]


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("device", DEVICES)
def test_loss_and_gradients_are_those_of_the_plain_loss(data, device, half):
    module = data(device=device, num_shapes=2)
    model = make_model(module, shared_trunk=True).to(device)
    graphed = GraphedLoss(model.loss, model.parameters())
    for batch in [*module.train_dataloader()] * 2:
        results = []
        for loss in (model.loss, graphed):
            model.zero_grad()
            with torch.autocast(device, torch.bfloat16, enabled=half):
                terms = loss(batch, Noise(3))
            (2 * terms["loss"]).backward()
            gradients = [p.grad.clone() for p in model.parameters() if p.grad is not None]
            # No graph of autograd may be left while another is recorded.
            terms = {name: value.detach() for name, value in terms.items()}
            results.append((terms, gradients))
        (expected, first), (actual, second) = results
        assert list(expected) == list(actual) and len(first) == len(second)
        # Sums over atomics on a GPU come in any order, in half precision with less digits.
        digits = 1e-5 if device == "cpu" else 3e-2 if half else 1e-3
        tolerance = {"rtol": digits, "atol": digits}
        for name in expected:
            torch.testing.assert_close(actual[name], expected[name], **tolerance)
        for a, b in zip(first, second, strict=True):
            torch.testing.assert_close(a, b, **tolerance)
