"""Molecular dynamics with learned forces: is the energy conserved?"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from pyg_symm.chem.masses import atomic_masses
from pyg_symm.utils import check_sizes

from .figures import draw_lines

#: Å² / fs² for each eV / u: the unit of energy over that of mass.
ACCELERATION = 9.648533212e-3
#: Boltzmann's constant in eV / K.
BOLTZMANN = 8.617333262e-5

Forces = Callable[[Tensor], tuple[Tensor, Tensor]]


class Energies(NamedTuple):
    r"""Energies along a trajectory, in eV.

    Attributes:
        time: Time in fs :math:`(T)`.
        potential: Potential energy :math:`(T)`.
        kinetic: Kinetic energy :math:`(T)`.
    """

    time: Tensor
    potential: Tensor
    kinetic: Tensor

    @property
    def total(self) -> Tensor:
        """What an exact integration conserves :math:`(T)`."""
        return self.potential + self.kinetic

    @property
    def drift(self) -> float:
        """The slope of a line through the total energy, in eV/ps."""
        time = self.time - self.time.mean()
        return 1e3 * float((time * (self.total - self.total.mean())).sum() / time.square().sum())

    @property
    def fluctuation(self) -> float:
        """The standard deviation of the total energy, in eV."""
        return float(self.total.std(correction=0))


def velocity_verlet(
    forces: Forces,
    pos: Tensor,
    velocity: Tensor,
    mass: Tensor,
    step: float,
    num_steps: int,
) -> tuple[Tensor, Tensor, Energies]:
    r"""Integrates Newton's equations.

    .. math::
        \mathbf{v} &\leftarrow \mathbf{v} + \tfrac{h}{2} \mathbf{F}(\mathbf{x}) / m \\
        \mathbf{x} &\leftarrow \mathbf{x} + h \mathbf{v} \\
        \mathbf{v} &\leftarrow \mathbf{v} + \tfrac{h}{2} \mathbf{F}(\mathbf{x}) / m

    Args:
        forces (Callable): From positions in Å to an energy in eV and forces in eV/Å.
        pos (torch.Tensor): Positions :math:`(N, 3)`.
        velocity (torch.Tensor): Velocities in Å/fs :math:`(N, 3)`.
        mass (torch.Tensor): Masses in u :math:`(N)`.
        step (float): The time step :math:`h` in fs.
        num_steps (int): The number of steps.

    Returns:
        tuple: The last positions and velocities, and the energies at the start and after each step.

    Raises:
        ValueError: If the time step or the number of steps is not positive.

    Examples:
        >>> spring = lambda x: (x.square().sum() / 2, -x)
        >>> pos, still = torch.eye(2, 3).double(), torch.zeros(2, 3).double()
        >>> _, _, energies = velocity_verlet(spring, pos, still, torch.ones(2), 0.1, 1000)
        >>> bool((energies.total - 1).abs().max() < 1e-4)
        True
    """
    if not step > 0:
        raise ValueError(f"'step' must be positive (got {step})")
    check_sizes(1, num_steps=num_steps)
    weight = mass.to(pos.dtype).view(-1, 1)
    rows = []
    energy, force = forces(pos)
    for i in range(num_steps + 1):
        if i > 0:
            velocity = velocity + step / 2 * ACCELERATION * force / weight
            pos = pos + step * velocity
            energy, force = forces(pos)
            velocity = velocity + step / 2 * ACCELERATION * force / weight
        kinetic = (weight * velocity.square()).sum() / (2 * ACCELERATION)
        rows.append(torch.stack([energy.double().sum(), kinetic.double()]))
    potential, motion = torch.stack(rows).cpu().unbind(dim=1)
    return pos, velocity, Energies(step * torch.arange(len(rows)).double(), potential, motion)


def thermal_velocities(
    mass: Tensor, temperature: float, generator: torch.Generator | None = None
) -> Tensor:
    r"""Velocities of Maxwell and Boltzmann's distribution, without motion of the centre of mass.

    Args:
        mass (torch.Tensor): Masses in u :math:`(N)`.
        temperature (float): Temperature in K.
        generator (torch.Generator, optional): Source of random numbers.

    Returns:
        torch.Tensor: Velocities in Å/fs :math:`(N, 3)`, in double precision.

    Raises:
        ValueError: If the temperature is negative.
    """
    if not temperature >= 0:
        raise ValueError(f"'temperature' must not be negative (got {temperature})")
    weight = mass.double().view(-1, 1).cpu()
    normal = torch.randn(weight.numel(), 3, generator=generator, dtype=torch.double)
    velocity = normal * (BOLTZMANN * temperature * ACCELERATION / weight).sqrt()
    return velocity - (weight * velocity).sum(dim=0) / weight.sum()


class ShortDynamics:
    r"""A trajectory at constant energy from the first structure of a test set.

    Args:
        num_steps (int, optional): The number of steps. (default: :obj:`2000`)
        step (float, optional): The time step in fs. (default: :obj:`0.5`)
        temperature (float, optional): Temperature in K of the first velocities.
            (default: :obj:`300.0`)
        seed (int, optional): Seed of the first velocities. (default: :obj:`0`)
    """

    def __init__(
        self, num_steps: int = 2000, step: float = 0.5, temperature: float = 300.0, seed: int = 0
    ) -> None:
        self.num_steps = num_steps
        self.step = step
        self.temperature = temperature
        self.seed = seed

    def __call__(self, task: Callable[[Any], tuple[Tensor, Tensor]], batch: Any) -> Energies:
        r"""Runs the dynamics of one molecule.

        Args:
            task (Callable): From a batch to energies and forces.
            batch (Batch): A batch of one molecule.
        """
        start, mass = batch.pos, atomic_masses(batch.z)
        generator = torch.Generator().manual_seed(self.seed)
        velocity = thermal_velocities(mass, self.temperature, generator).to(start.device)

        def forces(pos: Tensor) -> tuple[Tensor, Tensor]:
            batch.pos = pos.to(start.dtype)
            return task(batch)

        batch = batch.clone()
        run = velocity_verlet(forces, start.double(), velocity, mass, self.step, self.num_steps)
        return run[2]


def draw_energies(file: Path, energies: Energies) -> None:
    """Draws the changes of the energies over time, in meV."""
    shown = {
        "potential": energies.potential,
        "kinetic": energies.kinetic,
        "total": energies.total,
    }
    lines = {name: (1e3 * (e - e[0])).tolist() for name, e in shown.items()}
    title = f"Constant energy: drift {1e3 * energies.drift:.2g} meV/ps"
    draw_lines(file, energies.time.tolist(), lines, "fs", "change of energy (meV)", title)
