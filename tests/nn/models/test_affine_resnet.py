import copy
import pickle
from itertools import pairwise

import pytest
import torch

from pyg_symm.groups import SL, SO, GLPlus
from pyg_symm.nn.models import AffineResNet
from pyg_symm.testing import ModelSuite

SMALL = {"hidden_channels": 6, "num_samples": 4, "kernel_size": 3, "head_channels": 16}


def built(group=None, seed=0, **kwargs):
    torch.manual_seed(seed)
    return AffineResNet(group or SL(2), **{**SMALL, **kwargs})


def images(num=3, side=12, channels=1):
    return torch.randn(num, channels, side, side, generator=torch.Generator().manual_seed(1))


class ImageSuite(ModelSuite):
    """Every row of a batch is an image."""

    model = AffineResNet
    in_channels = 64

    def build(self):
        # The suite sets the global seed for every step; samples have their own.
        return AffineResNet(SL(2), out_channels=3, resample=False, **SMALL)

    def call(self, model, batch):
        return model(batch.x.view(-1, 1, 8, 8))


class TestAffineResNet(ImageSuite):
    pass


class TestDepthwise(ImageSuite):
    def build(self):
        return AffineResNet(
            GLPlus(2), out_channels=3, depthwise=True, resample=False, pool="mean", **SMALL
        )


# Symmetry -----------------------------------------------------------------------


@pytest.mark.parametrize("side", [16, 17, 19])
@pytest.mark.parametrize("options", [{}, {"padding": True, "stem_pool": 3}])
def test_quarter_turns_do_not_change_the_logits(side, options):
    model, x = built(SO(2), kernel_size=5, **options).eval(), images(side=side)
    out = model(x)
    for turns in (1, 2, 3):
        torch.testing.assert_close(model(x.rot90(turns, (2, 3))), out, atol=1e-4, rtol=0)
    # Nor with the samples of training, a turned square.
    out = model(x, torch.Generator().manual_seed(5))
    turned = model(x.rot90(1, (2, 3)), torch.Generator().manual_seed(5))
    torch.testing.assert_close(turned, out, atol=1e-4, rtol=0)


@pytest.mark.parametrize("group", [SL(2), GLPlus(2)], ids=str)
def test_a_turned_image_with_turned_samples_has_the_same_logits(group):
    model, x = built(group, num_blocks=2).double().eval(), images().double()
    quarter = torch.tensor([[0.0, -1.0], [1.0, 0.0]], dtype=torch.double)
    samples = model.draw(torch.Generator().manual_seed(0))
    moved = model(x.rot90(-1, (2, 3)), samples=tuple(s.translate(quarter) for s in samples))
    torch.testing.assert_close(moved, model(x, samples=samples), atol=1e-9, rtol=0)


# Sizes --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "group, count", [(SL(2), 339_282), (GLPlus(2), 339_462), (SO(2), 338_922)], ids=str
)
def test_numbers_of_parameters(group, count):
    # The published networks have 339,102 and 339,282: each of three group convolutions has 60
    # weights more here, for a rotation by its cosine and sine rather than by its angle.
    model = AffineResNet(group)
    assert sum(p.numel() for p in model.parameters()) == count
    fewer = AffineResNet(group, num_samples=3)
    assert sum(p.numel() for p in fewer.parameters()) == count


def test_shapes_of_layers():
    model, seen = built(num_blocks=2, in_channels=2), []
    for module in (model.stem, *model.blocks, model.last):
        module.register_forward_hook(
            lambda _m, _x, out: seen.append(tuple(getattr(out, "x", out).shape))
        )
    assert model(images(2, 17, 2)).shape == (2, 10)
    assert seen == [(2, 6, 4, 15, 15)] * 3 + [(2, 6, 4, 5, 5)]
    assert repr(model) == (
        "AffineResNet(SL(2), 2, 6, 10, num_blocks=2, kernel_size=3, num_samples=4)"
    )


def test_shapes_with_padding_and_another_stem():
    model, seen = built(stem_size=7, stem_pool=2, padding=True), []
    for module in (model.stem, *model.blocks, model.last):
        module.register_forward_hook(
            lambda _m, _x, out: seen.append(tuple(getattr(out, "x", out).shape))
        )
    assert model(images(2, 18)).shape == (2, 10)
    assert seen == [(2, 6, 4, 18, 18), (2, 6, 4, 9, 9), (2, 6, 4, 4, 4)]
    assert model(images(2, 4)).shape == (2, 10)
    with pytest.raises(ValueError, match="images of 4 x 4 pixels or more .*got 3 x 3"):
        model(images(side=3))


# Samples ------------------------------------------------------------------------


def test_samples_of_evaluation_may_be_narrower():
    model = built(GLPlus(2), num_samples=64, std=0.8, max_angle=1.2, narrow=0.5)
    drawn, _ = model.draw(torch.Generator().manual_seed(0))
    model.eval()
    inner, _ = model.draw(torch.Generator().manual_seed(0))
    # The same random numbers give half of each angle and of each logarithm.
    (y, r), (half, turn) = (GLPlus(2).to_chart(s.elements) for s in (drawn, inner))
    torch.testing.assert_close(half, y / 2, atol=1e-5, rtol=0)
    torch.testing.assert_close(turn @ turn, r, atol=1e-5, rtol=0)
    fixed, _ = model.draw()
    assert (
        float(GLPlus(2).to_chart(fixed.elements)[1][:, 1, 0].abs().max()) < torch.tensor(0.6).sin()
    )


def test_one_set_of_samples():
    first, last = built(one_set=True).draw(torch.Generator().manual_seed(0))
    assert first is last
    first, last = built().draw(torch.Generator().manual_seed(0))
    assert not torch.equal(first.elements, last.elements)


def test_evaluation_is_deterministic_and_training_draws():
    model, x = built(dropout=0.0), images()
    first, second = model(x), model(x)
    assert not torch.equal(first, second)
    model.eval()
    assert torch.equal(model(x), model(x))
    with torch.no_grad():
        torch.testing.assert_close(model(x), model(x.clone()))
    draw = [model(x, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)]
    assert torch.equal(draw[0], draw[1]) and not torch.equal(draw[0], draw[2])
    fixed = built(dropout=0.0, resample=False)
    assert torch.equal(fixed(x), fixed(x)) and torch.equal(fixed(x), fixed.eval()(x))


def test_draws_follow_from_the_seed_and_go_on_from_a_state_dict():
    model, x = built(dropout=0.0), images()
    state = torch.random.get_rng_state()
    outs = [model(x) for _ in range(3)]
    assert torch.equal(torch.random.get_rng_state(), state)  # Nothing reads the global seed.
    again = built(dropout=0.0)
    assert torch.equal(again(x), outs[0])
    other = built(seed=7, dropout=0.0)
    other.load_state_dict(again.state_dict())
    for copied in (other, copy.deepcopy(again), pickle.loads(pickle.dumps(again))):
        assert torch.equal(copied(x), outs[1]) and torch.equal(copied(x), outs[2])
    again.reset_parameters()
    assert int(again.sampler.num_draws) == 0
    again.sampler.seed = 1
    assert not torch.equal(again.draw()[0].elements, built().draw()[0].elements)


def test_samples_travel_with_features():
    # Every layer takes its input on the very samples that the layer before wrote its output on.
    model, seen = built(num_blocks=2), []
    for module in (model.stem, *(c for b in model.blocks for c in b.convs), model.last):
        module.register_forward_hook(lambda _module, given, _out: seen.append(given[1:]))
    model(images())
    for before, after in pairwise(seen):
        assert after[0] is before[-1]
    assert seen[-1][0] is not seen[-1][1]


def test_the_number_of_samples_may_change():
    model, x = built().eval(), images()
    first = model(x)
    model.num_samples = 8
    assert not torch.equal(model(x), first) and model.draw()[0].elements.size(0) == 8
    assert sum(s.effective_sample_size for s in model.draw()) <= 16.001


def test_rotations_of_an_arc():
    model = built(SO(2), max_angle=0.3)
    for samples in (*model.draw(), *model.eval().draw()):
        assert float(samples.elements[:, 1, 0].abs().max()) < 0.3
    assert float(built(SO(2)).draw()[0].elements[:, 1, 0].abs().max()) > 0.7


def test_kernels_are_computed_once_in_evaluation():
    model, x, count = built().eval(), images(), []
    model.last.kernel_net.register_forward_hook(lambda *_: count.append(1))
    with torch.no_grad():
        first = model(x)
        assert torch.equal(model(x), first) and len(count) == 1
        model.last.kernel_net.lin_out.weight.mul_(2)
        model(x)
    assert len(count) == 2


def test_given_samples_compile():
    model, x = built().eval(), images()
    samples = model.draw(torch.Generator().manual_seed(0))
    expected = model(x, samples=samples)
    torch._dynamo.reset()
    compiled = torch.compile(model, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(x, samples=samples), expected, atol=1e-5, rtol=1e-4)


def test_autocast_trains():
    model, x = built().float(), images().float()
    with torch.autocast("cpu", torch.bfloat16):
        loss = torch.nn.functional.cross_entropy(model(x), torch.arange(3))
    loss.backward()
    assert all(bool(p.grad.isfinite().all()) for p in model.parameters())
    assert all(p.grad.dtype == torch.float32 for p in model.parameters())


# Refusals -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "given, match",
    [
        ({"num_samples": 0}, "'num_samples' must be an integer of 1 or more"),
        ({"hidden_channels": 0}, "'hidden_channels' must be an integer of 1 or more"),
        ({"num_blocks": -1}, "'num_blocks' must be an integer of 0 or more"),
        ({"kernel_size": 4}, "'kernel_size' must be odd"),
        ({"kernel": torch.nn.Identity()}, "'kernel' must be a name"),
        ({"pool": "sum"}, "'pool' must be 'max' or 'mean' .got 'sum'"),
        ({"weights": "none"}, "'weights' must be 'haar' or 'lognormal'"),
        ({"stem_size": 0}, "'stem_size' must be an integer of 1 or more"),
        ({"stem_pool": 0}, "'stem_pool' must be an integer of 1 or more"),
        ({"stem_size": 4, "padding": True}, "'stem_size' must be odd if images are padded"),
        ({"narrow": 0.0}, r"'narrow' must be in \(0, 1\]"),
        ({"narrow": 1.5}, r"'narrow' must be in \(0, 1\]"),
        ({"std": 0.0}, "'std' must be above 0"),
        ({"max_angle": 4.0}, "'max_angle' must be in"),
        ({"group": SL(3)}, "'group' must act on the plane"),
    ],
)
def test_refuses_wrong_options(given, match):
    with pytest.raises(ValueError, match=match):
        built(**given)


def test_refuses_wrong_images_and_samples():
    model = built()
    with pytest.raises(ValueError, match=r"'x' must be of shape \[B, 1, h, w\]"):
        model(images(channels=2))
    with pytest.raises(ValueError, match="images of 8 x 8 pixels or more .*got 7 x 7"):
        model(images(side=7))
    with pytest.raises(ValueError, match=r"'g_out' must be samples of SL\(2\)"):
        model(images(), samples=(SO(2).sample(4), SO(2).sample(4)))
    with pytest.raises(ValueError, match="'kernel' must have parameters of type float32"):
        built().half()(images().half(), samples=model.draw())
