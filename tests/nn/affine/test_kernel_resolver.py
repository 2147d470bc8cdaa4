import pytest
import torch

from pyg_symm.nn.affine import SIREN, GaborNet
from pyg_symm.nn.affine.kernel_resolver import check_values, kernel_resolver


@pytest.mark.parametrize("name, kind", [("siren", SIREN), ("gabor", GaborNet)])
def test_names(name, kind):
    net = kernel_resolver(name, 6, 8, 25)
    assert type(net) is kind
    assert (net.in_channels, net.out_channels, net.fan_in) == (6, 8, 25)


def test_modules_are_taken_as_they_are():
    net = torch.nn.Linear(2, 3)
    assert kernel_resolver(net, 2, 3, 1) is net


def test_refuses_other_names():
    with pytest.raises(ValueError, match="'kernel' must be one of 'siren', 'gabor'.*'relu'"):
        kernel_resolver("relu", 2, 3, 1)


def test_refuses_kernels_of_other_channels():
    assert check_values(values := torch.zeros(4, 6), 6) is values
    with pytest.raises(ValueError, match="'kernel' must give 6 values at each point .got 5"):
        check_values(torch.zeros(4, 5), 6)
