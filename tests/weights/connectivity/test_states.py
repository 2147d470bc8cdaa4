import pytest
import torch

from pyg_symm.weights.connectivity.states import check_fits, check_pair, copy_of


def linear(size=2):
    return torch.nn.Linear(size, 3).state_dict()


def test_equal_architectures_pass():
    check_pair(linear(), linear())
    check_fits(torch.nn.Linear(2, 3), linear(), "a")


@pytest.mark.parametrize("missing_in", ["a", "b"])
def test_a_missing_tensor_is_named(missing_in):
    states = {"a": linear(), "b": linear()}
    del states[missing_in]["bias"]
    with pytest.raises(ValueError, match=f"'{missing_in}' must have .*no 'bias'"):
        check_pair(**states)


def test_another_shape_is_named():
    with pytest.raises(ValueError, match=r"'weight' must have one shape.*\[3, 2\].*\[3, 4\]"):
        check_pair(linear(2), linear(4))


def test_another_kind_is_named():
    with pytest.raises(ValueError, match="'weight' must be floating point in both"):
        check_pair(linear(), {name: value.long() for name, value in linear().items()})


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.complex64])
def test_what_is_not_finite_is_named(value, dtype):
    state = {"w": torch.ones(3, dtype=dtype)}
    check_pair({"w": torch.ones(3, dtype=dtype)}, state)
    state["w"][1] = value
    with pytest.raises(ValueError, match="'b' must be finite .got 1 .* in 'w'"):
        check_pair({"w": torch.ones(3, dtype=dtype)}, state)


def test_masks_may_be_infinite_in_both():
    mask = torch.tensor([0.0, -torch.inf])
    check_pair({"mask": mask}, {"mask": mask.double()})
    with pytest.raises(ValueError, match="'a' must be finite .got 1 .* in 'mask'"):
        check_pair({"mask": mask}, {"mask": -mask})
    with pytest.raises(ValueError, match="'a' must be finite .got 1 .* in 'mask'"):
        check_pair({"mask": mask * 0}, {"mask": mask * 0})


def test_a_model_in_place_of_a_state_dict_is_refused():
    with pytest.raises(ValueError, match="'a' must be a state dict .got Linear"):
        check_pair(torch.nn.Linear(2, 3), linear())


@pytest.mark.parametrize(
    "model, message",
    [
        (torch.nn.Linear(4, 3), r"'weight' of 'a' must have the shape \[3, 4\]"),
        (torch.nn.Linear(2, 3, bias=False), "'model' only .got 'bias'"),
        (torch.nn.BatchNorm1d(3), "no 'running_mean'"),
    ],
)
def test_a_model_of_another_architecture_is_refused(model, message):
    with pytest.raises(ValueError, match=message):
        check_fits(model, linear(), "a")


def test_copies_share_nothing():
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Dropout()).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    copied = copy_of(model, {name: value + 1 for name, value in before.items()})
    assert model.training and not copied.training and not copied[1].training
    torch.testing.assert_close(model.state_dict(), before, rtol=0, atol=0)
    torch.testing.assert_close(copied[0].bias, before["0.bias"] + 1)
