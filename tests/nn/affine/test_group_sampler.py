import copy
import pickle

import pytest
import torch

from pyg_symm.groups import SL, SO
from pyg_symm.nn.affine import GroupSampler


def elements(sampler, **kwargs):
    return sampler(torch.zeros(1), **kwargs).elements


def test_evaluation_is_fixed_and_training_draws(dtype):
    sampler = GroupSampler(SL(2), 5, std=0.2)
    first, second = elements(sampler), elements(sampler)
    assert first.dtype == dtype and not torch.equal(first, second)
    sampler.eval()
    assert torch.equal(elements(sampler), SL(2).sample(5, std=0.2).elements)
    assert sampler(torch.zeros(1)) is sampler(torch.zeros(1))
    fixed = GroupSampler(SL(2), 5, std=0.2, resample=False)
    assert torch.equal(elements(fixed), elements(sampler))


def test_draws_follow_from_the_seed_only():
    state = torch.random.get_rng_state()
    draws = [elements(GroupSampler(SL(2), 5, seed=seed)) for seed in (0, 0, 1)]
    assert torch.equal(draws[0], draws[1]) and not torch.equal(draws[0], draws[2])
    assert torch.equal(state, torch.random.get_rng_state())


def test_draws_go_on_from_a_state_dict():
    sampler = GroupSampler(SL(2), 5)
    elements(sampler)
    others = [copy.deepcopy(sampler), pickle.loads(pickle.dumps(sampler)), GroupSampler(SL(2), 5)]
    others[2].load_state_dict(sampler.state_dict())
    expected = elements(sampler)
    assert all(torch.equal(elements(other), expected) for other in others)
    sampler.reset_parameters()
    assert torch.equal(elements(sampler), elements(GroupSampler(SL(2), 5)))


def test_given_generators_and_numbers():
    sampler = GroupSampler(SL(2), 5).eval()
    drawn = elements(sampler, generator=torch.Generator().manual_seed(3))
    expected = SL(2).sample(5, torch.Generator().manual_seed(3)).elements
    assert torch.equal(drawn, expected)
    sampler.num_samples = 7
    assert len(sampler(torch.zeros(1))) == 7
    assert sampler(torch.zeros(1).double()).elements.dtype == torch.double


def test_arcs():
    sampler = GroupSampler(SO(2), 9, max_angle=0.5)
    assert (elements(sampler)[:, 0, 0] > 0.87).all()


def test_several_sets_come_from_one_draw():
    sampler = GroupSampler(SL(2), 5)
    first, second = sampler.sets(2, torch.zeros(1))
    assert int(sampler.num_draws) == 1 and not torch.equal(first.elements, second.elements)
    assert torch.equal(first.elements, elements(GroupSampler(SL(2), 5)))
    first, second = sampler.eval().sets(2, torch.zeros(1))
    assert first is second


def test_evaluation_may_be_narrower():
    sampler = GroupSampler(SL(2), 9, std=0.4, max_angle=1.0, narrow=0.5)
    drawn = elements(sampler, generator=torch.Generator().manual_seed(3))
    inner = elements(sampler.eval(), generator=torch.Generator().manual_seed(3))
    (y, r), (half, turn) = SL(2).to_chart(drawn), SL(2).to_chart(inner)
    torch.testing.assert_close(half, y / 2, atol=1e-5, rtol=0)
    torch.testing.assert_close(turn @ turn, r, atol=1e-5, rtol=0)


def test_fixed_samples_of_inference_serve_training():
    sampler, weight = GroupSampler(SL(2), 5, resample=False), torch.ones(2, requires_grad=True)
    with torch.inference_mode():
        sampler.eval()(weight)
    (sampler.train()(weight).elements @ weight).square().sum().backward()
    assert bool(weight.grad.ne(0).all())


@pytest.mark.parametrize(
    "options, message",
    [
        ({"num_samples": 0}, "'num_samples' must be an integer of 1 or more .got 0"),
        ({"group": 3}, "'group' must be a group of matrices, as SL.2. .got 3"),
        ({"std": -1}, "'std' must be above 0"),
        ({"weights": "no"}, "'weights' must be 'haar' or 'lognormal'"),
        ({"max_angle": 9.0}, "'max_angle' must be in"),
        ({"narrow": 0.0}, "'narrow' must be in .0, 1. .got 0.0"),
        ({"seed": -1}, "'seed' must be an integer of 0 or more"),
    ],
)
def test_wrong_options(options, message):
    with pytest.raises(ValueError, match=message):
        GroupSampler(**{"group": SL(2), "num_samples": 4, **options})
    assert str(GroupSampler(SL(2), 4)) == "GroupSampler(SL(2), 4, std=0.3, weights='haar')"
