"""Charged particles that attract and repel each other."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

BOX = 5.0  # Particles that start outside are mirrored back. Later there are no walls.
SPEED = 0.5  # At the start.
TIME_STEP = 0.001
MAX_FORCE = 0.1 / TIME_STEP
STEPS_PER_FRAME = 100
NUM_FRAMES = 49


class Particles(NamedTuple):
    r"""Particles at one time, :math:`S` sets of :math:`N`.

    Attributes:
        charge: Charges :math:`(S, N)`.
        pos: Positions :math:`(S, N, 3)`.
        vel: Velocities :math:`(S, N, 3)`.
    """

    charge: np.ndarray
    pos: np.ndarray
    vel: np.ndarray


def draw_particles(random: np.random.RandomState, num: int, num_particles: int = 5) -> Particles:
    r"""Draws the start of trajectories, number by number as the published generator does.

    Charges are :math:`-1` or :math:`1`, positions are normal, and velocities have random directions
    and the norm 0.5.

    Args:
        random (numpy.random.RandomState): The source of random numbers.
        num (int): The number of trajectories :math:`S`.
        num_particles (int, optional): The number of particles :math:`N`. (default: :obj:`5`)

    Raises:
        ValueError: If a number is not positive.
    """
    for name, value in (("num", num), ("num_particles", num_particles)):
        if value < 1:
            raise ValueError(f"'{name}' must be positive (got {value})")
    return Particles(*map(np.stack, zip(*_draw(random, num, num_particles), strict=True)))


def _draw(
    random: np.random.RandomState, num: int, num_particles: int
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    for _ in range(num):
        charge = random.choice([-1.0, 0.0, 1.0], (num_particles, 1), p=[0.5, 0, 0.5])
        pos, vel = random.randn(3, num_particles), random.randn(3, num_particles)
        vel = vel * SPEED / np.sqrt((vel**2).sum(axis=0))
        # The generator adds noise of variance zero to all frames of both.
        random.randn(2, NUM_FRAMES, 3, num_particles)
        side = np.sign(pos) * (np.abs(pos) > BOX)
        vel = np.where(side, -side * np.abs(vel), vel)
        pos = np.where(side, 2 * BOX * side - pos, pos)
        yield charge[:, 0], pos.T, vel.T


def simulate_particles(
    start: Particles, frames: Sequence[int], strength: float = 1.0
) -> list[Particles]:
    r"""Follows charged particles of unit mass through time.

    .. math::
        F_i = \gamma \sum_{j \neq i} q_i q_j \frac{x_i - x_j}{\lVert x_i - x_j \rVert^3}

    Each component of :math:`F_i` is clipped to :math:`\pm 100`. A step of :math:`\Delta t = 0.001`
    adds :math:`\Delta t\, v_i` to the position and then :math:`\Delta t\, F_i` to the velocity,
    which happens to the velocity once before the first step, too. Frame :math:`k` is stored in step
    :math:`100 (k + 1)`, between the two. Momentum is conserved where no force is clipped.

    After two opposite charges have passed close by each other, a trajectory depends on how numbers
    are rounded. Only sums, products, quotients and square roots are used here, in an order that
    does not depend on the other sets. IEEE 754 says how each of them is rounded.

    Args:
        start (Particles): Where the particles start.
        frames (list): The frames that are wanted, ascending.
        strength (float, optional): The factor :math:`\gamma` of all forces. (default: :obj:`1.0`)

    Returns:
        list: The particles at each of the frames.

    Raises:
        ValueError: If shapes do not fit, frames are not ascending, or particles meet at a point.

    Examples:
        >>> start = Particles(np.ones((1, 2)), np.eye(2, 3)[None], np.zeros((1, 2, 3)))
        >>> (end,) = simulate_particles(start, frames=[9])  # Equal charges repel each other.
        >>> end.pos.round(2)
        array([[[ 1.16, -0.16,  0.  ],
                [-0.16,  1.16,  0.  ]]])
    """
    charge, pos, vel = (np.asarray(part, dtype=np.float64) for part in start)
    shape = (*charge.shape, 3)
    if charge.ndim != 2 or pos.shape != shape or vel.shape != shape:
        raise ValueError(
            "'start' must have charges (S, N) and positions and velocities (S, N, 3) "
            f"(got {charge.shape}, {pos.shape} and {vel.shape})"
        )
    if any(a >= b for a, b in zip([-1, *frames], frames, strict=False)):
        raise ValueError(f"'frames' must be ascending and not negative (got {list(frames)})")
    # Sets come last, where all operations are the same: [3, N, S].
    x, v = (part.transpose(2, 1, 0).copy() for part in (pos, vel))
    strengths = strength * (charge[:, :, None] * charge[:, None]).transpose(1, 2, 0)
    found: list[Particles] = []
    v += TIME_STEP * _forces(x, strengths)
    for step in range(1, STEPS_PER_FRAME * (1 + max(frames, default=-1)) + 1):
        x += TIME_STEP * v
        if step % STEPS_PER_FRAME == 0 and step // STEPS_PER_FRAME - 1 in frames:
            found.append(Particles(charge, *(part.transpose(2, 1, 0).copy() for part in (x, v))))
        v += TIME_STEP * _forces(x, strengths)
    return found


def _forces(x: np.ndarray, strengths: np.ndarray) -> np.ndarray:
    """Forces :math:`(3, N, S)` by positions and the products of charges :math:`(N, N, S)`."""
    between = x[:, :, None] - x[:, None]
    squared = between[0] * between[0] + between[1] * between[1] + between[2] * between[2]
    alone = np.arange(x.shape[1])
    squared[alone, alone] = 1.0
    if not squared.all():
        raise ValueError("'start' must not have particles that meet at one point")
    force = (strengths / (squared * np.sqrt(squared)) * between).sum(axis=2)
    return np.clip(force, -MAX_FORCE, MAX_FORCE)
