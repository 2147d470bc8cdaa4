import torch

from pyg_symm.nn.bundle.turn import turned


def test_copies_are_contiguous_and_so_are_gradients():
    x = torch.randn(3, 5, requires_grad=True)
    out = turned(x)
    assert torch.equal(out, x.T) and out.is_contiguous()
    factor = torch.randn(5, 3)
    (grad,) = torch.autograd.grad((out * factor).sum(), x)
    assert torch.equal(grad, factor.T) and grad.is_contiguous()


def test_gradients_of_two_orders():
    x = torch.randn(3, 4, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: turned(x).sin(), x)
    assert torch.autograd.gradgradcheck(lambda x: turned(x).sin(), x)


def test_a_row_is_copied():
    x = torch.randn(1, 4)
    out = turned(x)
    assert out.shape == (4, 1) and out.data_ptr() != x.data_ptr()
