"""Energies of molecules, and forces as their gradients."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from pyg_symm.tasks.data.packed import PackedGraphs

from .base import PointRegression
from .dynamics import Energies, ShortDynamics, draw_energies
from .figures import Pair
from .reference import ElementReference


class EnergyForces(PointRegression):
    r"""Predicts the energy of a molecule, and the forces as its negative gradient.

    .. math::
        E = \sum_i c_{z_i} + s\, f(\mathbf{x}), \qquad \mathbf{F}_i = -\partial E / \partial
        \mathbf{x}_i

    The scale :math:`s` is the root mean square of the forces of the training set. The shifts
    :math:`c_z` are the energies of isolated atoms, if they are known, plus what a least-squares fit
    by elements leaves of the training energies. Energies are in eV and positions in Å; the scores
    are errors in meV and meV/Å. Those of ``nve`` are in meV per atom, the drift for each ps.

    Args:
        model (torch.nn.Module): The network, with one scalar a graph.
        energy_weight (float, optional): Weight of the squared error of energies in the loss, in
            units of :math:`s`. (default: ``1 / 500``, as published for PONITA)
        force_weight (float, optional): Weight of the squared error of forces. (default: ``1``)
        atom_energies (dict, optional): Energies of isolated atoms by atomic number.
            (default: those of the data, if they have any)
        dynamics (ShortDynamics, optional): A trajectory to run after the test, from the first test
            structure. (default: :obj:`None`)
        **kwargs (optional): Arguments of :class:`PointTask`.

    Raises:
        ValueError: If a weight is negative, or both are zero.
    """

    measures = ("mae", "rmse")
    scale: Tensor

    def __init__(
        self,
        model: torch.nn.Module,
        energy_weight: float = 1 / 500,
        force_weight: float = 1.0,
        atom_energies: Mapping[int, float] | None = None,
        dynamics: ShortDynamics | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(model, **kwargs)
        for name, weight in (("energy_weight", energy_weight), ("force_weight", force_weight)):
            if not weight >= 0:
                raise ValueError(f"'{name}' must not be negative (got {weight})")
        if energy_weight == 0 and force_weight == 0:
            raise ValueError("'energy_weight' or 'force_weight' must be positive (got 0 and 0)")
        self.energy_weight = energy_weight
        self.force_weight = force_weight
        self.atom_energies = atom_energies
        self.dynamics = dynamics
        self._energies: Energies | None = None
        self.reference = ElementReference()
        self.register_buffer("scale", torch.ones((), dtype=torch.double))

    def setup(self, stage: str) -> None:
        data = getattr(self.trainer, "datamodule", None)
        if self.atom_energies is None:
            self.atom_energies = getattr(data, "atom_energies", None)
        super().setup(stage)

    def fit_statistics(self, graphs: PackedGraphs) -> None:
        for name in ("z", "energy", "force"):
            if name not in graphs:
                raise ValueError(f"the training graphs must have '{name}'")
        energy = graphs["energy"].double().view(-1, 1)
        self.reference.fit(graphs["z"], graphs.index, energy, self.atom_energies)
        self.scale.copy_(graphs["force"].double().square().mean().sqrt().clamp(min=1e-12))

    def _shift(self, batch: Any) -> Tensor:
        return self.reference(batch.z, batch.batch, batch.num_graphs).view(-1)

    def scaled(self, batch: Any, create_graph: bool = False) -> tuple[Tensor, Tensor]:
        """Energies without their shifts, and forces, both in units of the scale."""
        pos = batch.pos.detach().requires_grad_()
        batch = batch.clone()
        batch.pos = pos
        energy = self.predict(batch)[0].view(-1)
        (gradient,) = torch.autograd.grad(energy.sum(), pos, create_graph=create_graph)
        return energy, -gradient

    def forward(self, batch: Any) -> tuple[Tensor, Tensor]:
        """Energies :math:`(B)` in eV, in double precision, and forces :math:`(N, 3)` in eV/Å."""
        # Gradients are needed in evaluation too, where Lightning makes tensors that cannot have
        # them: copies can.
        with torch.inference_mode(False), torch.enable_grad():
            energy, force = self.scaled(batch.clone())
            shift = self._shift(batch)
        return shift + self.scale * energy.detach().double(), self.scale * force.detach().double()

    def loss(self, batch: Any) -> Tensor:
        energy, force = self.scaled(batch, create_graph=True)
        wanted = (batch.energy.view(-1) - self._shift(batch)) / self.scale
        energy_error = F.mse_loss(energy, wanted.to(energy.dtype))
        force_error = F.mse_loss(force, (batch.force / self.scale).to(force.dtype))
        return self.energy_weight * energy_error + self.force_weight * force_error

    def pairs(self, batch: Any) -> dict[str, Pair]:
        energy, force = self(batch)
        shift = self._shift(batch)  # Thousands of eV, beside which no figure shows a difference.
        pairs = {"energy": (1e3 * (energy - shift), 1e3 * (batch.energy.view(-1) - shift))}
        if "force" in batch:
            pairs["force"] = 1e3 * force, 1e3 * batch.force.double()
        return pairs

    def summary(self) -> dict[str, float]:
        """How well the total energy is conserved, for each atom."""
        if self.dynamics is None:
            return {}
        tests = getattr(self.trainer, "datamodule").tests  # noqa: B009
        first = next(iter(tests.values())).batch(torch.tensor([0])).to(self.device)
        self._energies = self.dynamics(self, first)
        per_atom = 1e3 / first.num_nodes
        return {
            "nve/drift": per_atom * self._energies.drift,
            "nve/fluctuation": per_atom * self._energies.fluctuation,
        }

    def export(self, run_dir: Path) -> None:
        super().export(run_dir)
        if self._energies is not None:
            draw_energies(run_dir / "figures" / "nve.png", self._energies)
