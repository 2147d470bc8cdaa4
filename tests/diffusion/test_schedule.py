import pytest
import torch

from pyg_symm.diffusion import (
    ConstantSchedule,
    CosineSchedule,
    ExponentialSchedule,
    LinearSchedule,
)

ALL = [CosineSchedule, LinearSchedule, ExponentialSchedule, ConstantSchedule]


@pytest.mark.parametrize("schedule", ALL)
def test_falls_from_one_to_about_zero(schedule):
    table = schedule(50).table()
    assert table.dtype == torch.double and table.shape == (51,)
    assert table[0] == 1 and 0 < table[-1] < 1e-8 and (table.diff() < 0).all()


@pytest.mark.parametrize("schedule", ALL)
def test_steps_and_times_agree(schedule):
    schedule = schedule(20)
    t = torch.arange(21)
    torch.testing.assert_close(schedule.alpha_bar(t), schedule.alpha_bar(t.double() / 20))


def test_cosine_is_not_squared():
    value = CosineSchedule(2, offset=0.0).table()[1]
    assert value == pytest.approx(0.5**0.5)


@pytest.mark.parametrize(
    "make, match",
    [
        (lambda: CosineSchedule(0), "'num_steps' must be an integer of 1 or more .got 0"),
        (lambda: CosineSchedule(2.5), "'num_steps' must be an integer of 1 or more .got 2.5"),
        (lambda: CosineSchedule(5).alpha_bar(1.5), "'t' must be a time in 0..1 .got 1.5"),
        (lambda: CosineSchedule(5).alpha_bar(6), "'t' must be a step in 0..5 .got 6"),
        (lambda: CosineSchedule(5, -0.1), "'offset' must not be negative"),
        (lambda: ExponentialSchedule(5, rate=0), "'rate' must be positive"),
        (lambda: ExponentialSchedule(5, base=1.0), "'base' must be above 1"),
        (lambda: ConstantSchedule(5, rate=-1), "'rate' must be positive"),
    ],
)
def test_bad_input(make, match):
    with pytest.raises(ValueError, match=match):
        make()
