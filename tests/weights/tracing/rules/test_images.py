import torch
import torch.nn.functional as F
from pytest import mark

R = torch.randn


def test_convolution(carries):
    axes, _ = carries(F.conv2d, input=R(2, 3, 5, 5), weight=R(6, 3, 2, 2), bias=R(6))
    assert axes["weight"] == ["u2", "u1", "2", "2"] and axes["bias"] == ["u2"]
    axes, _ = carries(F.conv_transpose1d, input=R(2, 3, 5), weight=R(3, 6, 2), bias=R(6))
    assert axes["weight"] == ["u1", "u2", "2"] and axes["input"] == ["u0", "u1", "5"]


def test_groups(carries):
    axes, _ = carries(
        lambda input, weight: F.conv1d(input, weight, groups=4), input=R(2, 4, 5), weight=R(8, 1, 2)
    )
    assert axes["input"][1] == "u1" and axes["weight"][0] == "u1*u2"
    axes, _ = carries(
        lambda input, weight: F.conv1d(input, weight, groups=2), input=R(2, 4, 5), weight=R(6, 2, 2)
    )
    assert axes["input"][1] == "u1*u2" and axes["weight"][:2] == ["u1*u3", "u2"]
    axes, _ = carries(
        lambda input, weight: F.conv_transpose1d(input, weight, groups=2),
        input=R(2, 4, 5),
        weight=R(4, 3, 2),
    )
    assert axes["input"][1] == axes["weight"][0] == "u1*u2"


@mark.parametrize(
    "func",
    [
        lambda a: F.max_pool2d(a, 2),
        lambda a: F.avg_pool2d(a, 2),
        lambda a: F.adaptive_avg_pool2d(a, 1),
        lambda a: F.adaptive_max_pool2d(a, 2),
        lambda a: F.interpolate(a, scale_factor=2),
        lambda a: F.unfold(a, 2),
        lambda a: F.interpolate(a, size=3, mode="bilinear"),
        lambda a: F.pad(a, (1, 1, 1, 1), mode="reflect"),
    ],
)
def test_channels_stay_apart(carries, func):
    assert carries(func, a=R(2, 3, 4, 4))[0]["a"][:2] == ["u0", "u1"]


def test_gates(carries):
    assert carries(F.glu, input=R(3, 8))[0]["input"] == ["u0", "u1|u1"]


def test_pixels_and_blocks_of_channels(carries):
    axes, lost = carries(lambda a: F.pixel_shuffle(a, 2), a=R(2, 12, 3, 3))
    assert axes["a"][1] == "u1*4" and ("a", 1) in lost
    axes, _ = carries(lambda a: F.pixel_unshuffle(a, 2), a=R(2, 3, 4, 4))
    assert axes["a"][1] == "u1"
