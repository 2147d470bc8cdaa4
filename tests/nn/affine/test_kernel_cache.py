import copy
import gc
import pickle

import pytest
import torch

from pyg_symm.groups import SL
from pyg_symm.nn.affine import LiftingConv2d, kernel_cache


@pytest.fixture
def conv():
    return LiftingConv2d(1, 2, 3, SL(2)).eval()


@pytest.fixture
def calls(conv):
    """How often the kernel network was asked."""
    count = []
    conv.kernel_net.register_forward_hook(lambda *_: count.append(1))
    return count


@torch.no_grad()
def test_evaluation_computes_a_kernel_once(conv, calls):
    samples, others = SL(2).sample(4), SL(2).sample(4)
    first = conv.kernel(samples)
    assert conv.kernel(samples) is first and len(calls) == 1
    conv.kernel(others)  # Equal ones, but another object, which nobody promises to stay equal.
    assert len(calls) == 2


@torch.no_grad()
@pytest.mark.parametrize("part", ["parameter", "state_dict", "samples", "dtype"])
def test_changes_are_noticed(conv, calls, part):
    samples = SL(2).sample(4)
    before = conv.kernel(samples)
    if part == "parameter":
        conv.kernel_net.lin_out.bias += 1
    elif part == "state_dict":
        conv.load_state_dict(LiftingConv2d(1, 2, 3, SL(2)).state_dict())
    elif part == "samples":
        samples.inverses.mul_(0.5)
    else:
        conv.to(torch.float64 if before.dtype == torch.float32 else torch.float32)
    after = conv.kernel(samples)
    assert len(calls) == 2
    assert after.dtype != before.dtype or not torch.equal(after, before)
    assert conv.kernel(samples) is after


def test_nothing_is_kept_with_gradients_or_in_training(conv, calls):
    samples = SL(2).sample(4)
    assert conv.kernel(samples).requires_grad and conv.kernel(samples).requires_grad
    conv.train()
    with torch.no_grad():
        conv.kernel(samples), conv.kernel(samples)
    assert len(calls) == 4


def test_a_kernel_of_inference_mode_can_be_used_outside(conv):
    samples = SL(2).sample(4)
    with torch.inference_mode():
        conv.kernel(samples)
    x = torch.randn(1, 1, 6, 6, requires_grad=True)
    with torch.no_grad():
        kernel = conv.kernel(samples)
    conv(x, samples, kernel=kernel).sum().backward()
    assert bool(x.grad.any())


@torch.no_grad()
def test_copies_have_their_own_and_memory_is_freed(conv, calls):
    samples = SL(2).sample(4)
    first = conv.kernel(samples)
    calls.clear()
    other = copy.deepcopy(conv)
    other.kernel_net.lin_out.weight.zero_()
    assert bool((other.kernel(samples) == 0).all()) and conv.kernel(samples) is first
    conv.kernel_net._forward_hooks.clear()
    assert torch.equal(pickle.loads(pickle.dumps(conv)).kernel(samples), first)
    gc.collect()
    number = len(kernel_cache._kernels)
    del other
    gc.collect()
    assert len(kernel_cache._kernels) == number - 1


@torch.no_grad()
def test_ensembles_by_functional_transforms(conv, calls, dtype, tol):
    convs = [conv, *(LiftingConv2d(1, 2, 3, SL(2)).eval() for _ in range(2))]
    x, samples = torch.randn(2, 1, 6, 6), SL(2).sample(4)
    expected = torch.stack([each(x, samples) for each in convs])
    state = torch.func.stack_module_state(convs)

    def call(*state):
        return torch.func.functional_call(conv, state, (x, samples))

    found = torch.func.vmap(call)(*state)
    torch.testing.assert_close(found, expected, atol=tol, rtol=tol)
    assert torch.equal(conv(x, samples), expected[0]) and len(calls) == 2
