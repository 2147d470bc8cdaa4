"""A normalised two-layer network that keeps two tensors for its backward pass instead of four."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd import Function

from pyg_symm.utils.plain import needs_plain_functions


class PointwiseMLP(nn.Module):
    r"""A network on the channels of every point.

    .. math::
        \mathbf{x} \mapsto \mathbf{W}_2 \, \mathrm{GELU}(\mathbf{W}_1 \,
        \mathrm{LayerNorm}(\mathbf{x}) + \mathbf{b}_1) + \mathbf{b}_2

    Of what the backward pass needs, the input and the hidden features before the activation are
    kept. Normalised and activated features are computed again, which takes no matrix product.
    Derivatives of any order are supported.

    Args:
        channels (int): The number of channels :math:`C`.
        widening (int): The hidden width over :math:`C`.

    Shapes:
        - **input:** features :math:`(*, C)`
        - **output:** features :math:`(*, C)`
    """

    def __init__(self, channels: int, widening: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.lin1 = nn.Linear(channels, widening * channels)
        self.lin2 = nn.Linear(widening * channels, channels)

    def reset_parameters(self) -> None:
        r"""Resets all learnable parameters of the module."""
        for module in (self.norm, self.lin1, self.lin2):
            module.reset_parameters()

    def forward(self, x: Tensor) -> Tensor:
        """"""  # noqa: D419
        if needs_plain_functions():
            return gelu_linear(self.lin1(self.norm(x)), self.lin2)
        dtype = _matrix_dtype(x)
        with _without_autocast(x):
            weights = [p.to(dtype) for p in (self.lin1.weight, self.lin1.bias)]
            x = x.to(self.norm.weight.dtype)  # Statistics are not taken in half precision.
            hidden = _NormLinear.apply(x, self.norm.weight, self.norm.bias, *weights)
        return gelu_linear(hidden, self.lin2)


def gelu_linear(x: Tensor, lin: nn.Linear) -> Tensor:
    r"""A linear map of :math:`\mathrm{GELU}(\mathbf{x})`, of which only the input is kept.

    Args:
        x (torch.Tensor): Features :math:`(*, C)`.
        lin (torch.nn.Linear): The map, with a bias.
    """
    if needs_plain_functions():
        return lin(F.gelu(x))
    dtype = _matrix_dtype(x)
    with _without_autocast(x):
        return _GeluLinear.apply(x.to(dtype), lin.weight.to(dtype), lin.bias.to(dtype))


class _NormLinear(Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, scale: Tensor, shift: Tensor, weight: Tensor, bias: Tensor
    ) -> Tensor:
        ctx.save_for_backward(x, scale, shift, weight)
        return F.linear(_norm(x, scale, shift)[0].to(weight.dtype), weight, bias)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, ...]:
        x, scale, shift, weight = ctx.saved_tensors
        normed, mean, rstd = _norm(x, scale, shift)
        of_normed = (grad @ weight).to(x.dtype)
        of_x, of_scale, of_shift = torch.ops.aten.native_layer_norm_backward(
            of_normed, x, x.shape[-1:], mean, rstd, scale, shift, [True, True, True]
        )
        return of_x, of_scale, of_shift, *_of_linear(grad, normed.to(weight.dtype))


class _GeluLinear(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return F.linear(F.gelu(x), weight, bias)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, ...]:
        x, weight = ctx.saved_tensors
        of_x = torch.ops.aten.gelu_backward(grad @ weight, x)
        return of_x, *_of_linear(grad, F.gelu(x))


def _matrix_dtype(x: Tensor) -> torch.dtype:
    """The type in which matrices are multiplied."""
    kind = x.device.type
    return torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else x.dtype


def _without_autocast(x: Tensor) -> AbstractContextManager[Any]:
    kind = x.device.type
    on = torch.is_autocast_enabled(kind)
    return torch.autocast(kind, enabled=False) if on else nullcontext()


def _norm(x: Tensor, scale: Tensor, shift: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Normalised features, means and inverse deviations."""
    return torch.native_layer_norm(x, x.shape[-1:], scale, shift, 1e-5)


def _of_linear(grad: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """Gradients of weight and bias of a linear map."""
    grad, x = (y.reshape(-1, y.size(-1)) for y in (grad, x))
    return grad.T @ x, grad.sum(0)
