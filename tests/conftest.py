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
