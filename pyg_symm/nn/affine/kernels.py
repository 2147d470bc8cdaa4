"""Networks of coordinates that give the values of kernels."""

import math
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from pyg_symm.utils import check_sizes


class KernelNet(torch.nn.Module):
    """Base of networks with hidden layers of one width, then a linear one.

    Subclasses define :meth:`features`, and :meth:`build` and :meth:`reset_parameters` if they have
    layers of their own.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        hidden_channels: int = 60,
        num_layers: int = 3,
        *,
        fan_in: int = 1,
        omega: float = 10.0,
        gain: float = 6.0,
    ) -> None:
        super().__init__()
        check_sizes(
            1,
            in_channels=in_channels,
            out_channels=out_channels,
            hidden_channels=hidden_channels,
            num_layers=num_layers,
            fan_in=fan_in,
        )
        if not (math.isfinite(omega) and omega > 0):
            raise ValueError(f"'omega' must be positive and finite (got {omega!r})")
        self.in_channels, self.out_channels = in_channels, out_channels
        self.hidden_channels, self.num_layers = hidden_channels, num_layers
        self.fan_in, self.omega, self.gain = fan_in, float(omega), gain
        self.build()
        self.reset_parameters()

    def build(self) -> None:
        """Makes the layers; the constructor resets them afterwards."""
        self.lins = self._hidden_layers()
        self.lin_out = torch.nn.Linear(self.hidden_channels, self.out_channels)

    def _hidden_layers(self) -> torch.nn.ModuleList:
        sizes = [self.in_channels, *[self.hidden_channels] * self.num_layers]
        return torch.nn.ModuleList([torch.nn.Linear(*pair) for pair in pairwise(sizes)])

    def reset_parameters(self) -> None:
        r"""Resets all learnable parameters of the module."""
        self._reset_hidden(self.lins)
        bound = math.sqrt(self.gain / self.hidden_channels / self.fan_in)
        torch.nn.init.uniform_(self.lin_out.weight, -bound, bound)
        torch.nn.init.zeros_(self.lin_out.bias)

    def _reset_hidden(self, lins: torch.nn.ModuleList) -> None:
        for i, lin in enumerate(lins):
            assert isinstance(lin, torch.nn.Linear)
            width = lin.weight.size(1)
            bound = 1 / width if i == 0 else math.sqrt(6 / width) / self.omega
            torch.nn.init.uniform_(lin.weight, -bound, bound)
            torch.nn.init.zeros_(lin.bias)

    def forward(self, x: Tensor) -> Tensor:
        r"""Computes the values.

        Args:
            x (torch.Tensor): Coordinates :math:`(*, d)`.
        """
        return self.lin_out(self.features(x))

    def features(self, x: Tensor) -> Tensor:
        r"""The inputs of the last layer :math:`(*, H)`."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}({self.in_channels}, {self.out_channels}, "
            f"hidden_channels={self.hidden_channels}, num_layers={self.num_layers}, "
            f"omega={self.omega:g})"
        )


class SIREN(KernelNet):
    r"""The network with sines from the `"Implicit Neural Representations with Periodic Activation
    Functions" <https://arxiv.org/abs/2006.09661>`_ paper, as values of a kernel.

    .. math::
        \mathbf{h}_{l + 1} = \sin(\omega (\mathbf{W}_l \mathbf{h}_l + \mathbf{b}_l)), \qquad
        k(\mathbf{z}) = \mathbf{W} \mathbf{h}_L + \mathbf{b}

    At the beginning all biases are zero. Weights are uniform: within
    :math:`1 / d` for :math:`d` coordinates, within :math:`\sqrt{6 / H} / \omega` between hidden
    layers, and within :math:`\sqrt{g / H / F}` at the end, so that a sum over :math:`F` inputs of
    the kernel keeps the variance.

    Args:
        in_channels (int): The number of coordinates :math:`d`.
        out_channels (int): The number of values, for a full kernel :math:`C_{in} C_{out}`.
        hidden_channels (int, optional): The width :math:`H`. (default: :obj:`60`)
        num_layers (int, optional): The number of layers with a sine :math:`L`.
            (default: :obj:`3`)
        fan_in (int, optional): The number of terms :math:`F` that a value of the convolution sums
            over. (default: :obj:`1`)
        omega (float, optional): The frequency :math:`\omega`. (default: :obj:`10.0`)
        gain (float, optional): The gain :math:`g`. (default: :obj:`6.0`)

    Raises:
        ValueError: If an argument is out of range.

    Shapes:
        - **input:** coordinates :math:`(*, d)`
        - **output:** values :math:`(*, F')`

    Examples:
        >>> SIREN(6, 16 * 16, fan_in=16 * 25)(torch.zeros(5, 6)).shape
        torch.Size([5, 256])
    """

    def features(self, x: Tensor) -> Tensor:
        for lin in self.lins:
            x = torch.sin(self.omega * lin(x))
        return x


class GaborNet(KernelNet):
    r"""A network of coordinates with real Gabor functions, as in the `"WIRE: Wavelet Implicit
    Neural Representations" <https://arxiv.org/abs/2301.05187>`_ paper.

    .. math::
        \mathbf{h}_{l + 1} = \sin(\omega (\mathbf{W}_l \mathbf{h}_l + \mathbf{b}_l)) \,
        \exp(-(\sigma (\mathbf{V}_l \mathbf{h}_l + \mathbf{c}_l))^2)

    The weights :math:`\mathbf{V}_l` begin as :math:`\mathbf{W}_l` do, all others as those of
    :class:`SIREN`.

    Args:
        in_channels (int): The number of coordinates :math:`d`.
        out_channels (int): The number of values.
        hidden_channels (int, optional): The width. (default: :obj:`60`)
        num_layers (int, optional): The number of layers with a Gabor function.
            (default: :obj:`3`)
        fan_in (int, optional): The number of terms that a value of the convolution sums over.
            (default: :obj:`1`)
        omega (float, optional): The frequency :math:`\omega`. (default: :obj:`10.0`)
        sigma (float, optional): The decay :math:`\sigma`. (default: :obj:`1.0`)
        gain (float, optional): The gain of the last layer. (default: :obj:`6.0`)

    Raises:
        ValueError: If an argument is out of range.

    Shapes:
        - **input:** coordinates :math:`(*, d)`
        - **output:** values :math:`(*, F')`

    Examples:
        >>> GaborNet(2, 8)(torch.zeros(5, 2)).shape
        torch.Size([5, 8])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        hidden_channels: int = 60,
        num_layers: int = 3,
        *,
        sigma: float = 1.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(in_channels, out_channels, hidden_channels, num_layers, **kwargs)
        if not (math.isfinite(sigma) and sigma >= 0):
            raise ValueError(f"'sigma' must be finite and not negative (got {sigma!r})")
        self.sigma = float(sigma)

    def build(self) -> None:
        super().build()
        self.envelopes = self._hidden_layers()

    def reset_parameters(self) -> None:
        r"""Resets all learnable parameters of the module."""
        super().reset_parameters()
        self._reset_hidden(self.envelopes)

    def features(self, x: Tensor) -> Tensor:
        for lin, envelope in zip(self.lins, self.envelopes, strict=True):
            decay = torch.exp(-(self.sigma * envelope(x)).square())
            x = torch.sin(self.omega * lin(x)) * decay
        return x

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]}, sigma={self.sigma:g})"
