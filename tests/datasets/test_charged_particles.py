import math

import numpy as np
import pytest

from pyg_symm.datasets.charged_particles import Particles, draw_particles, simulate_particles


@pytest.fixture
def start():
    return draw_particles(np.random.RandomState(43), 3)


def step_by_step(start, frame):
    """The published program with loops over particles in place of arrays."""
    charge, x, v = (part.tolist() for part in start)
    num = len(charge)

    def push():
        for i in range(num):
            force = [0.0, 0.0, 0.0]
            for j in range(num):
                if i != j:
                    size = charge[i] * charge[j] / math.dist(x[i], x[j]) ** 3
                    for k in range(3):
                        force[k] += size * (x[i][k] - x[j][k])
            for k in range(3):
                v[i][k] += 0.001 * max(-100.0, min(100.0, force[k]))

    push()
    for step in range(1, 100 * (frame + 1) + 1):
        for i in range(num):
            for k in range(3):
                x[i][k] += 0.001 * v[i][k]
        if step == 100 * (frame + 1):
            return np.array(x), np.array(v)
        push()


def test_equal_to_a_program_with_loops(start):
    middle, end = simulate_particles(start, frames=[2, 40])
    for found, frame in ((middle, 2), (end, 40)):
        for i in range(3):
            one = Particles(*(part[i] for part in start))
            x, v = step_by_step(one, frame)
            np.testing.assert_allclose(found.pos[i], x, atol=1e-8)
            np.testing.assert_allclose(found.vel[i], v, atol=1e-8)
    assert np.array_equal(end.charge, start.charge)


def test_forces_are_clipped():
    # Opposite charges so close together that the force would be 10,000.
    pos = np.array([[[0.0, 0, 0], [0.01, 0, 0], [0, 0, 3]]])
    start = Particles(np.array([[1.0, -1, 1]]), pos, np.zeros((1, 3, 3)))
    (found,) = simulate_particles(start, frames=[0])
    x, v = step_by_step(Particles(*(part[0] for part in start)), 0)
    np.testing.assert_allclose(found.pos[0], x, atol=1e-8)
    np.testing.assert_allclose(found.vel[0], v, atol=1e-8)


def test_momentum_is_conserved(start):
    # Far enough from each other that no force is clipped.
    start = start._replace(charge=np.abs(start.charge), pos=5 * start.pos)
    for found in simulate_particles(start, frames=[0, 20, 40], strength=2.0):
        assert np.abs(found.vel.sum(axis=1) - start.vel.sum(axis=1)).max() < 1e-10
        assert np.abs(found.vel - start.vel).max() > 1e-3


def test_equal_bit_for_bit_whatever_is_simulated_beside_it(start):
    both = simulate_particles(start, frames=[5])[0]
    alone = simulate_particles(Particles(*(part[1:2] for part in start)), frames=[1, 5])[1]
    assert np.array_equal(both.pos[1:2], alone.pos) and np.array_equal(both.vel[1:2], alone.vel)


def test_without_charges_particles_move_on(start):
    (end,) = simulate_particles(start._replace(charge=0 * start.charge), frames=[9])
    np.testing.assert_allclose(end.pos, start.pos + start.vel, atol=1e-12)


def test_draws(start):
    assert np.array_equal(np.unique(start.charge), [-1, 1])
    np.testing.assert_allclose(np.linalg.norm(start.vel, axis=-1), 0.5)
    assert draw_particles(np.random.RandomState(0), 2, num_particles=3).pos.shape == (2, 3, 3)
    # Two draws of one stream continue it.
    random = np.random.RandomState(43)
    parts = [draw_particles(random, num) for num in (1, 2)]
    assert np.array_equal(np.concatenate([part.pos for part in parts]), start.pos)


def test_particles_outside_are_mirrored_back():
    class Far(np.random.RandomState):
        def randn(self, *shape):
            return 4.0 * super().randn(*shape)

    start, free = (draw_particles(cls(1), 50) for cls in (Far, np.random.RandomState))
    outside = np.abs(4 * free.pos) > 5
    side = np.sign(free.pos[outside])
    assert outside.any() and not outside.all()
    np.testing.assert_allclose(start.pos[outside], 10 * side - 4 * free.pos[outside])
    np.testing.assert_allclose(start.pos[~outside], 4 * free.pos[~outside])
    np.testing.assert_allclose(start.vel[outside], -side * np.abs(free.vel[outside]))
    np.testing.assert_allclose(start.vel[~outside], free.vel[~outside])


def test_errors(start):
    with pytest.raises(ValueError, match=r"'frames' must be ascending .*got \[3, 3\]"):
        simulate_particles(start, frames=[3, 3])
    with pytest.raises(ValueError, match=r"'frames' must be ascending .*got \[-1\]"):
        simulate_particles(start, frames=[-1])
    with pytest.raises(ValueError, match=r"'start' must have charges .*got \(3, 4\)"):
        simulate_particles(start._replace(charge=start.charge[:, 1:]), frames=[0])
    with pytest.raises(ValueError, match="'start' must not have particles that meet"):
        simulate_particles(start._replace(pos=0 * start.pos), frames=[0])
    with pytest.raises(ValueError, match=r"'num' must be positive \(got 0\)"):
        draw_particles(np.random.RandomState(0), 0)
