import numpy as np
import pytest


@pytest.fixture
def mixed():
    """Rows of two environments: ``x0`` causes the target, which causes ``x1``.

    The example that invariant risk minimisation was introduced with.
    """

    def draw(num, scales=(0.2, 2.0), seed=0):
        rng = np.random.default_rng(seed)
        parts = []
        for env, scale in enumerate(scales):
            x0 = rng.normal(0, scale, num)
            y = x0 + rng.normal(0, scale, num)
            parts.append(np.stack([x0, y + rng.normal(0, 1, num), y, np.full(num, env)], 1))
        rows = np.concatenate(parts)
        return rows[:, :2], rows[:, 2], rows[:, 3].astype(int)

    return draw


@pytest.fixture
def slopes():
    """The coefficients of a linear baseline, in the units of the data."""

    def of(model, d=2):
        zero = model.predict(np.zeros((1, d)))
        return model.predict(np.eye(d)) - zero

    return of
