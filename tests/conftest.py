import pytest
import torch


@pytest.fixture
def float64():
    """Double precision, where round-off cannot hide a mistake, from one seed."""
    torch.set_default_dtype(torch.double)
    torch.manual_seed(0)
    yield
    torch.set_default_dtype(torch.float)
