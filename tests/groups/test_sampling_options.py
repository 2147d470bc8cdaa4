import math

import pytest

from pyg_symm.groups import SL, SO
from pyg_symm.groups.sampling_options import check_angle, check_sampling


def test_options_that_exist():
    check_sampling(1, 0.3, "haar", "stratified")
    check_sampling(7, 2.0, "lognormal", "haar")
    check_angle(None, 3, "haar")
    check_angle(math.pi, 2, "stratified")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((0, 0.3, "haar", "haar"), r"'num' must be an integer of 1 or more \(got 0\)"),
        ((True, 0.3, "haar", "haar"), r"'num' must be an integer .* \(got True\)"),
        ((4, 0.0, "haar", "haar"), r"'std' must be above 0 and finite \(got 0.0\)"),
        ((4, math.inf, "haar", "haar"), r"'std' must be above 0 and finite \(got inf\)"),
        ((4, 0.3, "none", "haar"), r"'weights' must be 'haar' or 'lognormal' \(got 'none'\)"),
        ((4, 0.3, "haar", "even"), r"'rotations' must be 'stratified' or 'haar' \(got 'even'\)"),
    ],
)
def test_options_that_do_not(options, message):
    with pytest.raises(ValueError, match=message):
        check_sampling(*options)


@pytest.mark.parametrize("max_angle", [0.0, -1.0, 3.2, math.nan])
def test_angles_out_of_range(max_angle):
    with pytest.raises(ValueError, match=r"'max_angle' must be in \(0, pi\] \(got"):
        SL(2).sample(4, max_angle=max_angle)


def test_arcs_are_those_of_the_plane():
    with pytest.raises(ValueError, match=r"'max_angle' must be None unless .* for n = 3"):
        SO(3).sample(4, max_angle=0.5)
    with pytest.raises(ValueError, match=r"'max_angle' must be None unless .* 'haar'\)"):
        SO(2).sample(4, rotations="haar", max_angle=0.5)
