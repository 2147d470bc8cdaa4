import pytest


@pytest.fixture(autouse=True)
def both_precisions(dtype):
    """Every test of a part runs in float32 and in float64."""
