import pytest
import torch

from pyg_symm.weights.connectivity import average, interpolate


def states(dtype=torch.float32, num=2):
    generator = torch.Generator().manual_seed(0)
    return [
        {
            "w": torch.randn(3, 4, generator=generator, dtype=torch.float64).to(dtype),
            "count": torch.tensor(i),
        }
        for i in range(num)
    ]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.complex64])
@pytest.mark.parametrize("weight", [0.0, 0.3, 0.5, 0.9, 1.0])
def test_the_formula(dtype, weight):
    a, b = states(dtype)
    out = interpolate(a, b, weight)
    assert out["w"].dtype == dtype and out["count"] == 0
    torch.testing.assert_close(out["w"], (1 - weight) * a["w"] + weight * b["w"])


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32])
def test_ends_and_equal_weights_are_exact(dtype):
    a, b = states(dtype)
    assert torch.equal(interpolate(a, b, 0)["w"], a["w"])
    assert torch.equal(interpolate(a, b, 1)["w"], b["w"])
    assert torch.equal(interpolate(a, a, 0.3)["w"], a["w"])


def test_the_path_is_the_same_in_both_directions():
    a, b = states()
    for k in range(25):
        forth, back = interpolate(a, b, k / 24), interpolate(b, a, (24 - k) / 24)
        torch.testing.assert_close(forth["w"], back["w"], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_averaged_in_single_precision(dtype):
    a, b = states(dtype)
    wide = 0.7 * a["w"].float() + 0.3 * b["w"].float()
    out = interpolate(a, b, 0.3)["w"]
    assert out.dtype == dtype
    torch.testing.assert_close(out, wide.to(dtype))
    big = {"w": torch.tensor([60000.0], dtype=torch.float16)}
    assert average([big, big, big])["w"] == 60000  # The sum is too large for half precision.


def test_nothing_is_changed_or_shared():
    a, b = states()
    kept = [{k: v.clone() for k, v in state.items()} for state in (a, b)]
    for out in (interpolate(a, b, 0), interpolate(a, b, 0.5), average([a, b])):
        for value in out.values():
            value.zero_()
    torch.testing.assert_close([a, b], kept, rtol=0, atol=0)


def test_parameters_with_gradients_give_plain_tensors():
    model = torch.nn.Linear(2, 2)
    out = interpolate(dict(model.named_parameters()), model.state_dict())
    assert not any(value.requires_grad for value in out.values())


def test_the_mean_of_three():
    parts = states(num=3)
    torch.testing.assert_close(
        average(parts)["w"], (parts[0]["w"] + parts[1]["w"] + parts[2]["w"]) / 3
    )
    assert average(parts)["count"] == 0
    assert torch.equal(average(parts[:1])["w"], parts[0]["w"])


@pytest.mark.parametrize("weight", [-0.1, 1.1, float("nan")])
def test_positions_outside_are_refused(weight):
    with pytest.raises(ValueError, match="'weight' must be in"):
        interpolate(*states(), weight)


def test_other_architectures_are_refused():
    a, b = states()
    with pytest.raises(ValueError, match="'b' must have the tensors of 'a' .it has no 'w'"):
        interpolate(a, {"count": b["count"]})
    with pytest.raises(ValueError, match=r"'states\[1\]' must be finite"):
        average([a, {**b, "w": b["w"] * float("nan")}])
    with pytest.raises(ValueError, match="'states' must not be empty"):
        average([])


def test_masks_stay():
    mask = torch.tensor([0.0, -torch.inf, torch.inf])
    a, b = {"mask": mask, "w": torch.zeros(1)}, {"mask": mask, "w": torch.ones(1)}
    for weight in (0.0, 0.25, 1.0):
        found = interpolate(a, b, weight)
        assert torch.equal(found["mask"], mask) and found["w"] == weight
    assert torch.equal(average([a, b])["mask"], mask)
