import copy

import torch

from pyg_symm.nn.tensor_product.constants import Constants, compute_type

THIRD = torch.tensor(1 / 3, dtype=torch.double)


def test_constants(dtype):
    module = Constants()
    module.register_constant("third", THIRD)
    assert module.third.dtype == dtype and module.state_dict() == {}
    assert module.half().third.dtype == torch.float
    assert torch.equal(copy.deepcopy(module).double().third, THIRD)
    nested = torch.nn.Sequential(module).float()
    assert nested[0].third.dtype == torch.float
    assert torch.equal(nested.double()[0].third, THIRD)


def test_other_types_than_that_of_the_module():
    module = Constants().float()
    module.register_constant("third", THIRD)
    assert torch.equal(module.constant("third", torch.ones(1).double()), THIRD)
    module.float()
    same = module.constant("third", torch.ones(1).float())
    assert same.data_ptr() == module.third.data_ptr()


def test_device():
    module = Constants()
    module.register_constant("third", THIRD)
    assert module.to("meta").third.is_meta
    assert float(module.to_empty(device="cpu").double().third) == 1 / 3


def test_compute_type():
    half, single, double = torch.ones(1).half(), torch.ones(1).float(), torch.ones(1).double()
    assert compute_type(half) == compute_type(half.bfloat16(), half) == torch.float
    assert compute_type(single, double) == compute_type(double, half) == torch.double


def test_default_device():
    module = Constants()
    with torch.device("meta"):
        module.register_constant("third", THIRD)
    assert module.third.is_meta
    assert float(module.to_empty(device="cpu").double().third) == 1 / 3
