import pytest
import torch

from pyg_symm.groups import spherical_harmonics
from pyg_symm.groups.components import order_of_component
from pyg_symm.groups.polar import polar_functions, polar_over_sine, polar_slopes

ANGLES = torch.linspace(0, 6.2, 24).double()  # From the pole once around.


@pytest.mark.parametrize("lmax", [0, 1, 5])
def test_factor_of_harmonics(lmax):
    angle = ANGLES[ANGLES < torch.pi]
    z = torch.zeros_like(angle)
    y = spherical_harmonics(lmax, torch.stack([z, angle.cos(), angle.sin()], 1))  # Azimuth zero.
    polar = polar_functions(lmax, angle.cos(), angle.sin())
    order = order_of_component(lmax)
    expected = torch.where(order < 0, 0, polar * torch.where(order > 0, 2.0, 1.0).double().sqrt())
    torch.testing.assert_close(y, expected, atol=1e-13, rtol=0)


@pytest.mark.parametrize("lmax", [0, 1, 5])
def test_derivatives(lmax):
    def values(angle):
        return polar_functions(lmax, angle.cos(), angle.sin())

    _, expected = torch.func.jvp(values, (ANGLES,), (torch.ones_like(ANGLES),))
    found = polar_slopes(lmax, ANGLES.cos(), ANGLES.sin())
    torch.testing.assert_close(found, expected, atol=1e-12, rtol=0)
    over = polar_over_sine(lmax, ANGLES.cos(), ANGLES.sin())
    times = over * ANGLES.sin().unsqueeze(1)
    expected = order_of_component(lmax).abs() * values(ANGLES)
    torch.testing.assert_close(times, expected, atol=1e-12, rtol=0)
    assert over.isfinite().all() and (lmax == 0 or over[0].any())  # The pole.
