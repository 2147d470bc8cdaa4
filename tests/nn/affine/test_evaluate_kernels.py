import pytest
import torch

from pyg_symm.groups import SL, GLPlus
from pyg_symm.nn.affine import GroupConv2d, LiftingConv2d, evaluate_kernels


def calls(kernel="siren", group=None):
    """A chain of layers: two of one size and set, one from it to another set, one that differs."""
    group = group or SL(2)
    generator = torch.Generator().manual_seed(0)
    first, second = group.sample(3, generator), group.sample(3, generator)
    stem = LiftingConv2d(1, 4, 3, group, kernel=kernel)
    inner = [GroupConv2d(4, 4, 3, group, kernel=kernel) for _ in range(3)]
    end = GroupConv2d(4, 2, 3, group, kernel=kernel)
    return [
        (stem, (first,)),
        (inner[0], (first, first)),
        (inner[1], (first, first)),
        (inner[2], (first, second)),
        (end, (second, second)),
    ]


@pytest.mark.parametrize("kernel", ["siren", "gabor"])
@pytest.mark.parametrize("group", [SL(2), GLPlus(2)], ids=str)
def test_equal_kernels_one_by_one(tol, kernel, group):
    chain = calls(kernel, group)
    out = evaluate_kernels(chain)
    for (conv, samples), value in zip(chain, out, strict=True):
        torch.testing.assert_close(value, conv.kernel(*samples), atol=tol, rtol=tol)


def test_networks_of_equal_sizes_run_in_one_batch():
    chain, seen = calls(), []
    hooks = [conv.kernel_net.register_forward_hook(lambda *_: seen.append(1)) for conv, _ in chain]
    evaluate_kernels(chain)
    assert len(seen) == 3  # Of the stem, of three alike, of the last one.
    for hook in hooks:
        hook.remove()


def test_gradients_are_those_of_single_kernels(tol):
    chain = calls()
    both = []
    for single in (False, True):
        kernels = [c.kernel(*s) for c, s in chain] if single else evaluate_kernels(chain)
        sum(kernel.square().sum() for kernel in kernels).backward()
        both.append([p.grad.clone() for conv, _ in chain for p in conv.kernel_net.parameters()])
        for conv, _ in chain:
            conv.zero_grad()
    for a, b in zip(*both, strict=True):
        torch.testing.assert_close(a, b, atol=100 * tol, rtol=100 * tol)


def test_modules_of_other_kinds_are_called_by_themselves(tol):
    conv = GroupConv2d(1, 1, 3, SL(2), kernel=torch.nn.Linear(6, 1))
    samples = SL(2).sample(3)
    chain = [(conv, (samples, samples))] * 2
    for value in evaluate_kernels(chain):
        torch.testing.assert_close(value, conv.kernel(samples, samples), atol=tol, rtol=tol)


@torch.no_grad()
def test_evaluation_takes_kernels_that_are_kept():
    chain = calls()
    for conv, _ in chain:
        conv.eval()
    first, second = evaluate_kernels(chain), evaluate_kernels(chain)
    assert all(a is b for a, b in zip(first, second, strict=True))


def test_nothing_to_evaluate():
    assert evaluate_kernels([]) == []
