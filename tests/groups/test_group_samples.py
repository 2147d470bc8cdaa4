import copy
from dataclasses import FrozenInstanceError

import pytest
import torch

from pyg_symm.groups import SL, SO, GLPlus, GroupSamples, check_samples

GROUPS = [SO(2), SO(3), SL(2), SL(3), GLPlus(2), GLPlus(3)]


@pytest.mark.parametrize("group", GROUPS, ids=str)
def test_pairs_are_inverse(group, dtype):
    samples = group.sample(50, torch.Generator().manual_seed(0), std=0.5)
    error = samples.elements @ samples.inverses - torch.eye(group.n)
    assert error.abs().max() < (1e-12 if dtype == torch.double else 1e-5)
    assert samples.elements.dtype == samples.log_weights.dtype == dtype
    torch.testing.assert_close(samples.weights.sum(), torch.ones(()))
    group.check(samples.elements)


def test_buffers_do_not_alias():
    samples = SL(2).sample(5)
    inverses = samples.inverses.clone()
    samples.elements.zero_()
    assert torch.equal(samples.inverses, inverses)


@pytest.mark.parametrize("group", GROUPS, ids=str)
def test_translation(group, float64):
    samples = group.sample(6)
    h = group.sample(3, torch.Generator().manual_seed(1)).elements[2]
    moved = samples.translate(h)
    torch.testing.assert_close(moved.elements, h @ samples.elements)
    torch.testing.assert_close(moved.inverses, torch.linalg.inv(moved.elements))
    assert torch.equal(moved.log_weights, samples.log_weights) and moved.group == group
    with pytest.raises(ValueError, match="'h' must have a determinant above 0"):
        samples.translate(-h if group.n == 3 else h.flip(0))


@pytest.mark.parametrize("group", GROUPS, ids=str)
def test_a_finer_type_has_the_round_off_of_that_type(group):
    samples = group.sample(50, std=0.5, dtype=torch.float32).to(torch.double)
    error = samples.elements @ samples.inverses - torch.eye(group.n)
    assert error.abs().max() < 1e-12 and abs(float(samples.weights.sum()) - 1) < 1e-12


def test_effective_sample_size(float64):
    eye = torch.eye(2).expand(4, 2, 2)
    equal = SL(2).as_samples(eye)
    assert equal.effective_sample_size.item() == pytest.approx(4)
    weights = torch.tensor([0.5, 0.25, 0.25, 0.0])
    samples = SL(2).as_samples(eye, 7 + weights.log())
    assert samples.effective_sample_size.item() == pytest.approx(1 / 0.375)
    torch.testing.assert_close(samples.weights, weights)


def test_conversion():
    samples = GLPlus(2).sample(4)
    other = samples.to(torch.double)
    assert other.elements.dtype == other.inverses.dtype == other.log_weights.dtype == torch.double
    assert other.group == samples.group and len(other) == len(samples) == 4
    assert samples.to("meta").inverses.device.type == "meta"
    assert repr(copy.deepcopy(samples)) == "GroupSamples(GLPlus(2), 4)"
    torch.testing.assert_close(samples.log_abs_det, torch.linalg.slogdet(samples.elements)[1])
    volumes = torch.linalg.det(samples.elements).abs()
    torch.testing.assert_close(samples.affine_weights, samples.weights / volumes)


def test_samples_without_a_group(float64):
    given = GLPlus(2).sample(4)
    samples = GroupSamples(given.elements, given.inverses, given.log_weights)
    assert repr(samples) == "GroupSamples(4)"
    torch.testing.assert_close(samples.log_abs_det, given.log_abs_det)
    h = torch.tensor([[2.0, 1.0], [0.0, 1.0]])
    moved = samples.translate(h)
    torch.testing.assert_close(moved.inverses, torch.linalg.inv(h @ given.elements))
    check_samples(samples, GLPlus(2), "g_in")
    with pytest.raises(ValueError, match="'g_in.elements' must have the determinant 1"):
        check_samples(samples, SL(2), "g_in")
    with pytest.raises(ValueError, match="'g_in.elements' must be of shape"):
        check_samples(samples, SL(3), "g_in")


def test_samples_are_frozen():
    with pytest.raises(FrozenInstanceError):
        SO(2).sample(4).elements = None


def test_bad_samples():
    eye = torch.eye(2).expand(3, 2, 2)
    with pytest.raises(ValueError, match=r"'inverses' must be of shape \[3, 2, 2\]"):
        GroupSamples(eye, eye[:2], torch.zeros(3), SL(2))
    with pytest.raises(ValueError, match=r"'log_weights' must be .*float32 .*float64"):
        GroupSamples(eye, eye, torch.zeros(3).double(), SL(2))
    with pytest.raises(ValueError, match="'elements' must not be empty .got 0 samples"):
        GroupSamples(eye[:0], eye[:0], torch.zeros(0), SL(2))
    with pytest.raises(ValueError, match="'elements' must .*one sample or more"):
        SL(2).as_samples(eye[:0])
    with pytest.raises(ValueError, match="'elements' must have the determinant 1"):
        SL(2).as_samples(2 * eye)


def test_samples_of_another_group_are_refused():
    check_samples(SL(2).sample(4), SL(2), "g_in")
    with pytest.raises(ValueError, match=r"'g_in' must be samples of SL\(2\) .*SO\(2\), 4"):
        check_samples(SO(2).sample(4), SL(2), "g_in")
    with pytest.raises(ValueError, match=r"'g_out' must be samples of SL\(2\).*got Tensor"):
        check_samples(torch.eye(2), SL(2), "g_out")
