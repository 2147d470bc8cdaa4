import pytest
import torch


@pytest.fixture
def by_coefficients(close, coefficients):
    """Compares a method with the coefficients of its operation."""

    def check(method, operation):
        x = coefficients(6, lmax=operation.lmax1)
        y = coefficients(6, lmax=operation.lmax2)
        found = method(operation)(x, y)
        assert len(found) == len(operation.parts)
        for part, values in zip(operation.parts, found, strict=True):
            tensor = operation.coefficients(part).to(x)
            close(values, torch.einsum("ra,rb,abo->ro", x, y, tensor))

    return check
