from types import SimpleNamespace

import pytest
import torch

from pyg_symm.tasks import EnergyForces, PointData
from pyg_symm.tasks.data.packed import PackedGraphs


@pytest.fixture
def task(pairs, molecule_data):
    torch.manual_seed(0)
    task = EnergyForces(pairs(3, 1))
    task.fit_statistics(molecule_data.train)
    return task


def test_forces_are_the_gradient_of_the_energy(float64, pairs, make_molecules):
    graphs = make_molecules(4)
    packed = PackedGraphs(graphs)
    packed.node["x"] = torch.randn(len(packed["z"]), 2)
    task = EnergyForces(pairs(2, 1).double())
    task.fit_statistics(packed)
    batch = packed.batch(torch.arange(4))
    energy, force = task(batch)
    step = 1e-5
    for node, axis in ((0, 0), (4, 1), (9, 2)):
        moved = []
        for sign in (1, -1):
            other = batch.clone()
            other.pos = batch.pos.clone()
            other.pos[node, axis] += sign * step
            moved.append(task(other)[0].sum())
        slope = (moved[0] - moved[1]) / (2 * step)
        assert abs(float(slope + force[node, axis])) < 1e-6
    assert not batch.pos.requires_grad  # The batch stays as it is.
    torch.testing.assert_close(energy, task(batch)[0])


def test_shift_and_scale_come_from_the_data(task, molecule_data):
    train = molecule_data.train
    rms = train["force"].square().mean().sqrt()
    torch.testing.assert_close(task.scale.float(), rms)
    rest = train["energy"] - task.reference(train["z"], train.index, len(train)).view(-1)
    assert abs(float(rest.mean())) < 1.0 < abs(float(train["energy"].mean())) / 100
    atoms = {1: -10.0, 6: -60.0, 8: -80.0}
    other = EnergyForces(task.model, atom_energies=atoms)
    other.fit_statistics(train)
    torch.testing.assert_close(other.reference.values, task.reference.values, atol=1e-6, rtol=0)


def test_loss_weighs_energies_and_forces_in_units_of_the_scale(task, molecule_data):
    batch = molecule_data.train.batch(torch.arange(5))
    energy, force = task(batch)
    terms = [((energy - batch.energy) / task.scale).square().mean()]
    terms.append(((force - batch.force) / task.scale).square().mean())
    for weights in ((0.5, 2.0), (1.0, 0.0), (0.0, 1.0)):
        task.energy_weight, task.force_weight = weights
        expected = weights[0] * terms[0] + weights[1] * terms[1]
        torch.testing.assert_close(task.loss(batch).double(), expected, rtol=1e-4, atol=1e-5)


def test_scores_are_in_milli_units_and_need_no_gradients_outside(task, molecule_data):
    with torch.inference_mode():
        batch = molecule_data.train.batch(torch.arange(5))
        scores = {name: float(v / n) for name, (v, n) in task.evaluate(batch).items()}
    energy, force = task(batch.clone())
    mae = 1e3 * (energy - batch.energy).abs().mean()
    assert scores["energy_mae"] == pytest.approx(float(mae), rel=1e-4)
    rmse = 1e3 * (force - batch.force).square().mean().sqrt()
    assert scores["force_rmse"] ** 0.5 == pytest.approx(float(rmse), rel=1e-4)


def test_sets_without_forces_are_scored_by_energy_only(task, molecule_data):
    batch = molecule_data.train.batch(torch.arange(5))
    del batch.force
    assert set(task.evaluate(batch)) == {"energy_mae", "energy_rmse"}


def test_gradients_of_the_loss_reach_all_weights(task, molecule_data):
    task.loss(molecule_data.train.batch(torch.arange(5))).backward()
    for name in ("lift", "out"):
        assert getattr(task.model, name).weight.grad.abs().sum() > 0


def test_energies_of_isolated_atoms_come_with_the_data(pairs, molecule_data):
    class Data(PointData):
        atom_energies = {1: -10.0, 6: -60.0, 8: -80.0}

        def __init__(self):
            self.train = molecule_data.train

    task = EnergyForces(pairs(3, 1))
    task._trainer = SimpleNamespace(datamodule=Data())
    task.setup("fit")
    assert task.atom_energies == Data.atom_energies and float(task.scale) != 1.0


def test_bad_settings_are_named(pairs, make_molecules):
    with pytest.raises(ValueError, match="'force_weight'.*-1"):
        EnergyForces(pairs(3, 1), force_weight=-1)
    with pytest.raises(ValueError, match="'energy_weight' or"):
        EnergyForces(pairs(3, 1), energy_weight=0, force_weight=0)
    graphs = make_molecules(3)
    for data in graphs:
        del data.force
    with pytest.raises(ValueError, match="'force'"):
        EnergyForces(pairs(3, 1)).fit_statistics(PackedGraphs(graphs))
