import torch
import torch.nn.functional as F

R = torch.randn


def test_softmax(carries):
    for func in (lambda a: a.softmax(1), lambda a: a.log_softmax(0)):
        assert carries(func, a=R(3, 4))[0]["a"] == ["u0", "u1"]


def test_batch_norm(carries):
    def func(a, mean, var, weight, bias):
        return F.batch_norm(a, mean, var.abs(), weight, bias)

    axes, lost = carries(func, a=R(3, 4, 5), mean=R(4), var=R(4), weight=R(4), bias=R(4))
    assert axes["a"] == ["u0", "u1", "u2"] and axes["mean"] == axes["bias"] == ["u1"] and not lost


def test_layer_norm(carries):
    axes, lost = carries(lambda a, w: F.layer_norm(a, [4, 5], w, w), a=R(3, 4, 5), w=R(4, 5))
    assert axes == {"a": ["u0", "u1", "u2"], "w": ["u1", "u2"]} and not lost
    axes, _ = carries(lambda a, w: F.rms_norm(a, [5], w), a=R(3, 4, 5), w=R(5))
    assert axes["w"] == ["u2"]


def test_group_norm(carries):
    axes, lost = carries(lambda a, w: F.group_norm(a, 2, w, w), a=R(3, 8, 5), w=R(8))
    assert axes == {"a": ["u0", "u1*u2", "u3"], "w": ["u1*u2"]} and not lost
    for groups in (1, 8):
        assert carries(lambda a, g=groups: F.group_norm(a, g), a=R(3, 8))[0]["a"][1] == "u1"


def test_weight_norm(carries):
    axes, lost = carries(lambda v, g: torch._weight_norm(v, g, 0), v=R(3, 4), g=R(3, 1))
    assert axes == {"v": ["u0", "u1"], "g": ["u0", "1"]} and not lost


def test_statistics_beside_the_result(carries):
    carries(lambda a, w: torch.native_group_norm(a, w, w, 3, 8, 5, 2, 1e-5), a=R(3, 8, 5), w=R(8))
    carries(lambda a, w: torch.native_layer_norm(a, [5], w, w, 1e-5), a=R(3, 8, 5), w=R(5))
    carries(
        lambda a, w: torch.native_batch_norm(a, w, w, None, None, True, 0.1, 1e-5),
        a=R(3, 8, 5),
        w=R(8),
    )
