"""What all convolutions of images over groups have in common."""

import copy
import io

import pytest
import torch

from pyg_symm.groups import SL, SO, GLPlus
from pyg_symm.nn.affine import SIREN, GaborNet, GroupConv2d, LiftingConv2d, ProjectionConv2d

LAYERS = [LiftingConv2d, GroupConv2d, ProjectionConv2d]
of_layers = pytest.mark.parametrize("layer", LAYERS)


def inputs(layer, group=None, num=3):
    """Features and samples for a layer from two channels."""
    generator = torch.Generator().manual_seed(0)
    group = group or SL(2)
    g_in, g_out = group.sample(num, generator), group.sample(num + 1, generator)
    x = torch.randn(2, 2, num, 8, 7)
    return {
        LiftingConv2d: (x[:, :, 0], g_out),
        GroupConv2d: (x, g_in, g_out),
        ProjectionConv2d: (x, g_in),
    }[layer]


@of_layers
def test_parameters_are_copied_saved_and_reset(layer):
    conv, args = layer(2, 3, 3, SL(2)), inputs(layer)
    expected = conv(*args)
    assert torch.equal(copy.deepcopy(conv)(*args), expected)
    file = io.BytesIO()
    torch.save(conv.state_dict(), file)
    file.seek(0)
    other = layer(2, 3, 3, SL(2))
    assert not torch.equal(other(*args), expected)
    other.load_state_dict(torch.load(file, weights_only=True))
    assert torch.equal(other(*args), expected)
    torch.nn.init.ones_(other.bias)
    other.reset_parameters()
    assert bool((other.bias == 0).all())
    assert not torch.equal(other(*args), expected)


@of_layers
@pytest.mark.parametrize("depthwise", [False, True])
@pytest.mark.parametrize("dynamic", [None, True])
def test_compiles(tol, layer, depthwise, dynamic):
    conv, args = layer(2, 3, 3, GLPlus(2), depthwise=depthwise), inputs(layer, GLPlus(2))
    expected = conv(*args)
    torch._dynamo.reset()
    compiled = torch.compile(conv, dynamic=dynamic, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(*args), expected, atol=tol, rtol=tol)


@of_layers
def test_a_step_lowers_the_loss(layer):
    conv, args = layer(2, 3, 3, SL(2), kernel="gabor"), inputs(layer)
    target = torch.randn_like(conv(*args))
    optimizer = torch.optim.Adam(conv.parameters(), lr=3e-4)
    losses = []
    for _ in range(3):
        loss = (conv(*args) - target).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[2] < losses[1] < losses[0]
    assert all(bool(p.grad.any()) and bool(p.grad.isfinite().all()) for p in conv.parameters())


@of_layers
def test_autocast_keeps_coordinates_and_kernels_in_full_precision(layer, dtype):
    if dtype == torch.double:
        return
    conv, args, seen = layer(2, 3, 3, SL(2)), inputs(layer), []
    conv.kernel_net.register_forward_hook(lambda _, z, out: seen.extend([z[0].dtype, out.dtype]))
    expected = conv(*args)
    with torch.autocast("cpu", torch.bfloat16):
        out = conv(*args)
    assert out.dtype == torch.bfloat16 and set(seen) == {torch.float32}
    error = (out.float() - expected).norm() / expected.norm()
    assert float(error.detach()) < 0.02


@of_layers
def test_half_precision_is_refused(layer):
    args = inputs(layer)
    name = "g_in" if layer == ProjectionConv2d else "g_out"
    for half in (torch.float16, torch.bfloat16):
        with pytest.raises(ValueError, match=f"'{name}' must be of type float32 or float64"):
            layer(2, 3, 3, SL(2))(*args[:-1], args[-1].to(half))
        with pytest.raises(ValueError, match="'kernel' must have parameters of type float32"):
            layer(2, 3, 3, SL(2)).to(half)(args[0].to(half), *args[1:])


@of_layers
def test_layers_made_without_memory_get_their_taps_with_it(layer):
    with torch.device("meta"):
        conv = layer(2, 3, 5, SL(2))
    assert conv.taps.is_meta
    assert torch.equal(conv.to_empty(device="cpu").taps, layer(2, 3, 5, SL(2)).taps)


@of_layers
@pytest.mark.parametrize("narrow", [torch.float32, torch.bfloat16])
def test_taps_lose_nothing_when_the_layer_is_cast_and_back(layer, narrow):
    conv, (x, *samples) = layer(2, 3, 5, SL(2)).double(), inputs(layer)
    samples = [each.to(torch.double) for each in samples]
    state = {name: value.clone() for name, value in conv.state_dict().items()}
    expected = conv(x.double(), *samples)
    conv.to(narrow).double().load_state_dict(state)
    assert torch.equal(conv(x.double(), *samples), expected)


@of_layers
@pytest.mark.parametrize("depthwise, num", [(False, 6), (True, 2)])
def test_kernels_of_other_channels_are_refused(layer, depthwise, num):
    args = inputs(layer)
    conv = layer(
        2,
        3,
        3,
        SL(2),
        depthwise=depthwise,
        kernel=SIREN(layer(2, 3, 3, SL(2)).kernel_net.in_channels, 1),
    )
    with pytest.raises(ValueError, match=f"'kernel' must give {num} values .*got 1"):
        conv(*args)


@of_layers
def test_equal_results_in_both_precisions(layer):
    conv, args = layer(2, 3, 3, GLPlus(2)).double(), inputs(layer, GLPlus(2))
    double = conv(args[0].double(), *(s.to(torch.double) for s in args[1:]))
    single = conv.float()(args[0].float(), *(s.to(torch.float) for s in args[1:]))
    torch.testing.assert_close(single.double(), double, atol=1e-4, rtol=1e-4)


@of_layers
def test_images_of_a_batch_do_not_mix(tol, layer):
    conv, args = layer(2, 3, 3, SL(2)), inputs(layer)
    out = conv(*args)
    torch.testing.assert_close(conv(args[0][1:], *args[1:]), out[1:], atol=tol, rtol=tol)
    assert conv(args[0][:0], *args[1:]).shape == (0, *out.shape[1:])


@of_layers
def test_memory_formats_do_not_matter(tol, layer):
    conv, args = layer(2, 3, 3, SL(2)), inputs(layer)
    order = [0, *range(2, args[0].dim()), 1]
    back = [order.index(i) for i in range(args[0].dim())]
    x = args[0].permute(order).contiguous().permute(back)
    assert not x.is_contiguous()
    torch.testing.assert_close(conv(x, *args[1:]), conv(*args), atol=tol, rtol=tol)


@of_layers
def test_kernels_may_be_given(layer):
    conv, args = layer(2, 3, 3, SL(2)), inputs(layer)
    kernel = conv.kernel(*args[1:])
    assert torch.equal(conv(*args, kernel=kernel), conv(*args))
    assert bool((conv(*args, kernel=0 * kernel) == 0).all())


@of_layers
def test_gradients_reach_images_and_samples(layer):
    conv = layer(2, 3, 3, GLPlus(2)).double()
    args = [a.double() if torch.is_tensor(a) else a.to(torch.double) for a in inputs(layer)]
    args = [args[0][..., :4, :3], *(GLPlus(2).as_samples(s.elements) for s in args[1:])]

    def call(x, element):
        # One element of every set is the identity, where eigenvalues are equal.
        sets = [
            GLPlus(2).as_samples(torch.cat([element.unsqueeze(0), s.elements[1:]]))
            for s in args[1:]
        ]
        return conv(x, *sets)

    eye = torch.eye(2, dtype=torch.double, requires_grad=True)
    conv.mask = "sigmoid"
    # The centre of the kernel is at a distance of zero, whose root has no slope there.
    conv.taps += 1e-3
    assert torch.autograd.gradcheck(call, (args[0].requires_grad_(), eye))


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize(
    "given, match",
    [
        ({"in_channels": 0}, "'in_channels' must be an integer of 1 or more"),
        ({"out_channels": 0}, "'out_channels' must be an integer of 1 or more"),
        ({"kernel_size": 2.5}, "'kernel_size' must be an integer"),
        ({"padding": -1}, "'padding' must be an integer of 0 or more"),
        ({"group": SL(3)}, r"'group' must act on the plane.*SL\(3\)"),
        ({"group": "SL"}, "'group' must act on the plane.*'SL'"),
        ({"kernel": "relu"}, "'kernel' must be one of 'siren', 'gabor'"),
        ({"mask": "square"}, "'mask' must be one of 'disk'"),
        ({"radius": 0.0}, "'radius' must be positive"),
    ],
)
def test_refuses_wrong_options(layer, given, match):
    sizes = {"in_channels": 2, "out_channels": 3, "kernel_size": 3, "group": SL(2)}
    with pytest.raises(ValueError, match=match):
        layer(**{**sizes, **given})


def test_kernels_by_name():
    assert type(LiftingConv2d(2, 3, 3, SO(2)).kernel_net) is SIREN
    assert type(LiftingConv2d(2, 3, 3, SO(2), kernel="gabor").kernel_net) is GaborNet
    # The last layer begins with the sum over channels and taps, not over samples, in view.
    assert GroupConv2d(4, 3, 5, SO(2)).kernel_net.fan_in == 4 * 25
    assert GroupConv2d(4, 3, 5, SO(2), depthwise=True).kernel_net.fan_in == 25
