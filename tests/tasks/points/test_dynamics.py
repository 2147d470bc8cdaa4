import math

import pytest
import torch
from PIL import Image

from pyg_symm.tasks import EnergyForces
from pyg_symm.tasks.points import ShortDynamics, thermal_velocities, velocity_verlet
from pyg_symm.tasks.points.dynamics import ACCELERATION, BOLTZMANN, draw_energies


def spring(pos):
    """Two atoms on a spring of 2 eV/Å², one Å long."""
    r = pos[1] - pos[0]
    length = r.norm()
    pull = 2 * (length - 1) * r / length
    return (length - 1) ** 2, torch.stack([pull, -pull])


def test_a_molecule_swings_with_its_period():
    mass = torch.tensor([2.0, 3.0]).double()
    frequency = math.sqrt(2 * ACCELERATION / 1.2)  # The reduced mass is 6 / 5 u.
    num = round(2 * math.pi / frequency / 0.1)
    pos = torch.tensor([[0.0, 0, 0], [1.1, 0, 0]]).double()
    still = torch.zeros_like(pos)
    last, velocity, energies = velocity_verlet(spring, pos, still, mass, 0.1, num)
    torch.testing.assert_close(last, pos, atol=1e-4, rtol=0)
    assert velocity.abs().max() < 1e-4
    assert float(energies.potential[0]) == pytest.approx(0.01)
    assert float(energies.kinetic.max()) == pytest.approx(0.01, rel=1e-3)
    assert energies.fluctuation < 1e-5 and abs(energies.drift) < 1e-3
    momentum = (mass[:, None] * velocity).sum(0)
    assert momentum.abs().max() < 1e-12


def test_a_longer_step_conserves_less_by_the_square():
    mass, pos = torch.ones(2).double(), torch.tensor([[0.0, 0, 0], [1.3, 0, 0]]).double()

    def error(step):
        still = torch.zeros_like(pos)
        return velocity_verlet(spring, pos, still, mass, step, round(400 / step))[2].fluctuation

    assert error(2.0) / error(1.0) == pytest.approx(4, rel=0.15)


def test_velocities_have_the_temperature_and_no_drift():
    mass = torch.tensor([1.0, 16.0] * 5000)
    velocity = thermal_velocities(mass, 300.0, torch.Generator().manual_seed(0))
    kinetic = 0.5 * mass.double()[:, None] * velocity.square() / ACCELERATION
    for part in (kinetic[::2], kinetic[1::2]):
        assert float(part.mean()) == pytest.approx(BOLTZMANN * 300 / 2, rel=0.05)
    assert (mass.double()[:, None] * velocity).sum(0).abs().max() < 1e-9
    assert not thermal_velocities(mass, 0.0).any()


def test_drift_is_a_slope():
    pos = torch.zeros(1, 3).double()
    calls = iter(range(1000))

    def heating(_):
        return torch.tensor(0.002 * next(calls)), torch.zeros(1, 3).double()

    _, _, energies = velocity_verlet(heating, pos, pos, torch.ones(1), 0.5, 100)
    assert energies.drift == pytest.approx(4.0, rel=1e-4)  # 2 meV a step of half a fs.


def test_a_task_ends_with_a_trajectory(pairs, molecule_data, tmp_path):
    torch.manual_seed(0)
    task = EnergyForces(pairs(3, 1), dynamics=ShortDynamics(num_steps=20, step=0.1))
    task.fit_statistics(molecule_data.train)
    batch = molecule_data.train.batch(torch.tensor([0]))
    before = batch.pos.clone()
    energies = task.dynamics(task, batch)
    assert torch.equal(batch.pos, before) and energies.time.tolist()[-1] == pytest.approx(2.0)
    assert energies.fluctuation < 0.02 * float(energies.kinetic.mean())
    assert float(energies.potential[0]) == pytest.approx(float(task(batch)[0]))
    draw_energies(tmp_path / "nve.png", energies)
    with Image.open(tmp_path / "nve.png") as image:
        assert image.size[0] > 300


def test_bad_settings_are_named():
    pos = torch.zeros(1, 3)
    for settings, message in (
        ((0.0, 1), "'step' must be positive .got 0.0"),
        ((1.0, 0), "'num_steps' must be an integer of 1 or more .got 0"),
    ):
        with pytest.raises(ValueError, match=message):
            velocity_verlet(spring, pos, pos, torch.ones(1), *settings)
    with pytest.raises(ValueError, match="'temperature'"):
        thermal_velocities(torch.ones(1), -1.0)
