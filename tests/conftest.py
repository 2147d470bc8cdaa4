import pytest
import torch

torch.set_num_threads(1)  # Tests run beside each other; threads of small tensors only wait.


@pytest.fixture
def float64():
    """Double precision, where round-off cannot hide a mistake, from one seed."""
    torch.set_default_dtype(torch.double)
    torch.manual_seed(0)
    yield
    torch.set_default_dtype(torch.float)


@pytest.fixture
def assert_deterministic():
    """Wants the same bits of a second run, under deterministic algorithms."""

    def check(run):
        expected = run()
        torch.use_deterministic_algorithms(True)
        try:
            for a, b in zip(run(), expected, strict=True):
                assert torch.equal(a, b)
        finally:
            torch.use_deterministic_algorithms(False)

    return check
