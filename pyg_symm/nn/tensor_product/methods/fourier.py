"""Products of Fourier series on the torus, as published."""

import math

import numpy as np
import torch
from torch import Tensor

from pyg_symm.groups.polar import polar_functions, polar_over_sine, polar_slopes

from ..operation import ProductOperation
from .base import ProductMethod, multiply
from .orders import OrderLayout

_POLAR = {"value": polar_functions, "beta": polar_slopes, "alpha": polar_over_sine}
_FIELDS = {"even": ["value"], "odd": ["beta", "alpha"], "both": ["value", "beta", "alpha"]}


class FourierProduct(ProductMethod):
    r"""The form of the `"Enabling Efficient Equivariant Operations in the Fourier Basis via Gaunt
    Tensor Products" <https://arxiv.org/abs/2401.10216>`_ paper, for reference.

    Harmonics are continued to the torus, where each is a short Fourier series in both angles. The
    coefficients of the product are a convolution, done by fast Fourier transforms, and integrated
    against the harmonics on the sphere. The result is that of :class:`GridProduct`. Its grid has
    twice as many points, and complex numbers.
    """

    def __init__(self, operation: ProductOperation) -> None:
        super().__init__(operation)
        self.names = _FIELDS[operation.parity]
        self.lmax = operation.lmax1 + operation.lmax2
        self.layout1, self.layout2 = OrderLayout(operation.lmax1), OrderLayout(operation.lmax2)
        self.layout_out = OrderLayout(operation.lmax_out)
        for number, layout in ((1, self.layout1), (2, self.layout2)):
            lmax = layout.lmax
            for name in self.names:
                series = _series(name, lmax)
                self._register(f"polar{number}_{name}", layout.sort(series).mT)
                self._register(f"azimuth{number}_{name}", _azimuth(lmax, name == "alpha"))
        integrals = _polar_integrals(self.lmax, operation.lmax_out)
        for part in operation.parts:
            self._register(
                f"polar_{part}", self.layout_out.sort(integrals * operation.scales(part))
            )
        self._register("azimuth", 2 * math.pi * _azimuth(operation.lmax_out).mH)

    def forward(self, x: Tensor, y: Tensor) -> list[Tensor]:
        """"""  # noqa: D419
        if x.size(0) == 0:  # MKL refuses empty transforms.
            empty = (x[:, :1] * y[:, :1]).expand(0, (self.operation.lmax_out + 1) ** 2)
            return [empty for _ in self.operation.parts]
        f, g = self._transform(self.layout1.sort(x), 1), self._transform(self.layout2.sort(y), 2)
        products = multiply(self.operation.parity, f, g)
        kept = min(self.lmax, self.operation.lmax_out)
        out = []
        for part, values in zip(self.operation.parts, products, strict=True):
            series = torch.fft.ifft2(values, dim=(0, 2))
            series = series[self.lmax - kept : self.lmax + kept + 1]
            margin = self.operation.lmax_out - kept
            azimuth = self._complex("azimuth", x)[:, margin : margin + 2 * kept + 1]
            orders = azimuth @ series.flatten(1)
            orders = orders.view(azimuth.size(0), *series.shape[1:])
            degrees = torch.bmm(orders, self._complex(f"polar_{part}", x))
            out.append(self.layout_out.unsort(degrees.real))
        return out

    def _transform(self, orders: Tensor, number: int) -> list[Tensor]:
        """The fields of a factor on the grid of the product [2 l + 1, R, 2 l + 1]."""
        size = 2 * self.lmax + 1
        out = []
        for name in self.names:
            polar = self._complex(f"polar{number}_{name}", orders)
            rows = torch.bmm(orders.to(polar.dtype), polar)
            series = self._complex(f"azimuth{number}_{name}", orders) @ rows.flatten(1)
            series = series.view(
                series.size(0), *rows.shape[1:]
            )  # [frequencies of alpha, R, of beta]
            out.append(torch.fft.fft2(series, s=(size, size), dim=(0, 2)))
        return out

    def _register(self, name: str, value: Tensor) -> None:
        self.register_constant(f"{name}_real", value.real.contiguous())
        self.register_constant(f"{name}_imag", value.imag.contiguous())

    def _complex(self, name: str, like: Tensor) -> Tensor:
        return torch.complex(
            self.constant(f"{name}_real", like), self.constant(f"{name}_imag", like)
        )


def _series(name: str, lmax: int) -> Tensor:
    """Fourier coefficients of polar factors, of frequencies -lmax to lmax [2 l + 1, (l + 1)^2]."""
    size = 2 * lmax + 1
    angle = 2 * math.pi * torch.arange(size, dtype=torch.double) / size
    samples = _POLAR[name](lmax, angle.cos(), angle.sin())
    return torch.fft.fft(samples, dim=0, norm="forward").roll(lmax, 0)


def _azimuth(lmax: int, turned: bool = False) -> Tensor:
    """Fourier coefficients of the azimuth factors [2 l + 1, 2 l + 1]."""
    m = torch.arange(-lmax, lmax + 1)
    out = torch.zeros(2 * lmax + 1, 2 * lmax + 1, dtype=torch.cdouble)
    # The column of order m has the frequencies |m| and -|m|: sines, one, cosines.
    phase = torch.where(m < 0, -1j * torch.ones(1, dtype=torch.cdouble), 1) * math.sqrt(0.5)
    out[lmax + m.abs(), lmax + m] = phase
    out[lmax - m.abs(), lmax + m] = phase.conj()
    out[lmax, lmax] = 1
    return -m.sign() * out.flip(1) if turned else out


def _polar_integrals(lmax: int, lmax_out: int) -> Tensor:
    r"""Integrals of :math:`e^{i u \beta} p_l^m \sin\beta` over the sphere
    [2 lmax + 1, (lmax_out + 1)^2].
    """
    # The integrand is no polynomial, but entire: this many nodes are exact to round-off.
    nodes, weights = np.polynomial.legendre.leggauss(4 * (lmax + lmax_out) + 40)
    angle = math.pi / 2 * (torch.from_numpy(nodes) + 1)
    scaled = math.pi / 2 * torch.from_numpy(weights) * angle.sin()
    frequency = torch.arange(-lmax, lmax + 1)
    waves = torch.exp(1j * frequency.unsqueeze(1) * angle)
    polar = polar_functions(lmax_out, angle.cos(), angle.sin())
    return waves @ (scaled.unsqueeze(1) * polar).to(waves.dtype)
