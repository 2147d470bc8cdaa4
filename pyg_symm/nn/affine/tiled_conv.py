r"""Convolutions of many channels with few multiplications.

An image is cut into overlapping square tiles. A tile of side :math:`t` gives :math:`t - K + 1`
rows and columns of the result. It is transformed by a Fourier transform in both directions, where a
convolution is a product of matrices over channels for each frequency. Along rows, frequencies are
half-integers, so that none of them is real; a product of complex numbers is three real ones. All of
this is bilinear, with constant matrices in front and behind:

.. math::
    \mathbf{y} = \mathbf{A} [(\mathbf{G} \mathbf{w}) \odot (\mathbf{B} \mathbf{x})]

A tile of side 16 has 384 products for 144 results, where a kernel of size 5 has 3,600.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad


class Transforms(NamedTuple):
    r"""The constant matrices of tiles, with :math:`U = t / 2` and :math:`V = t` frequencies.

    Args:
        rows (torch.Tensor): From the rows of an image to frequencies :math:`(T_y \cdot 2 U, h)`.
        columns (torch.Tensor): From columns of a tile to factors :math:`(3 V, 2 t)`.
        kernel_rows (torch.Tensor): From rows of taps to frequencies :math:`(2 U, K)`.
        kernel_columns (torch.Tensor): From columns of taps to factors :math:`(3 V, 2 K)`.
        back_columns (torch.Tensor): From products to columns of a tile :math:`(2 s, 3 V)`.
        back_rows (torch.Tensor): From frequencies to rows :math:`(h', T_y \cdot 2 U)`.
    """

    rows: Tensor
    columns: Tensor
    kernel_rows: Tensor
    kernel_columns: Tensor
    back_columns: Tensor
    back_rows: Tensor


@lru_cache(maxsize=64)
@torch.inference_mode(False)  # They are kept, and training may need them next.
def transforms(
    height: int, size: int, padding: int, side: int, dtype: torch.dtype, device: torch.device
) -> Transforms:
    r"""The constant matrices for images of a height.

    Args:
        height (int): The height of images :math:`h`.
        size (int): The side of the kernel :math:`K`.
        padding (int): Zeros around the image.
        side (int): The side of tiles :math:`t`, even.
        dtype (torch.dtype): Their type; they are computed in float64.
        device (torch.device): Where they go.
    """
    step, half = side - size + 1, side // 2
    out = height + 2 * padding - size + 1
    tiles = -(-out // step)
    line = torch.arange(side).double()
    odd = 2 * torch.pi * (torch.arange(half).double() + 0.5) / side  # Of rows.
    even = 2 * torch.pi * line / side  # Of columns.
    angle = odd.outer(line)
    forth = torch.stack([angle.cos(), -angle.sin()], dim=1).flatten(0, 1)  # [2 U, t]
    back = 2 / side * forth[:, :step]
    angle = odd.outer(line[:size])
    kernel_rows = torch.stack([angle.cos(), angle.sin()], dim=1).flatten(0, 1)
    # Of a + ib times e^{-i v w}: the sum of both parts, the real and the imaginary part.
    c, s = even.outer(line).cos(), even.outer(line).sin()
    real, imaginary = torch.stack([c, s], dim=1), torch.stack([-s, c], dim=1)  # [V, 2, t]
    columns = torch.stack([real + imaginary, real, imaginary], dim=1)  # [V, 3, 2, t]
    # Of kernels, times e^{i v w}: the real part, the difference and the sum of both.
    real, imaginary = torch.stack([c, -s], dim=1), torch.stack([s, c], dim=1)
    factors = torch.stack([real, imaginary - real, real + imaginary], dim=1)
    # Products p, q and r have the real part p - r and the imaginary part p + q.
    parts = torch.tensor([[1.0, 0.0, -1.0], [1.0, 1.0, 0.0]], dtype=torch.double)
    turn = torch.stack([torch.stack([c, -s]), torch.stack([s, c])])[..., :step] / side
    back_columns = torch.einsum("abvt,bp->atvp", turn, parts)  # [2, s, V, 3]

    place = torch.arange(tiles).view(-1, 1) * step
    cut = (place + torch.arange(side) - padding).unsqueeze(-1) == torch.arange(height)
    put = (place + torch.arange(step)).unsqueeze(-1) == torch.arange(out)
    matrices = (
        torch.einsum("ft,Tth->Tfh", forth, cut.double()).flatten(0, 1),
        columns.flatten(2).flatten(0, 1),
        kernel_rows,
        factors[..., :size].flatten(2).flatten(0, 1),
        back_columns.flatten(2).flatten(0, 1),
        torch.einsum("ft,Tto->oTf", back, put.double()).flatten(1),
    )
    return Transforms(*(m.to(device=device, dtype=dtype).contiguous() for m in matrices))


def best_side(positions: tuple[int, int, int], size: int, channels: tuple[int, int]) -> int | None:
    r"""The side of tiles that makes a convolution fastest, none if tiles do not make it faster.

    The unit is a multiplication of an ordinary convolution for each pair of channels. Measured on
    one thread: a product of matrices costs more than that, and for each of them its weights must
    be computed; the transforms cost the more, the fewer channels share them.

    Args:
        positions (tuple): Images, rows and columns of the result.
        size (int): The side of the kernel.
        channels (tuple): The numbers of channels of both sides.
    """
    batch, height, width = positions
    count, best = batch * height * width, None
    least = 0.65 * size**2 * count
    for side in range(size + 2 + size % 2, 4 * size + 1, 2):
        step = side - size + 1
        tiles = batch * -(-height // step) * -(-width // step)
        cost = 1.5 * side**2 * (1.6 * tiles + 180)
        cost += 1000 * count / min(channels)
        if cost < least:
            least, best = cost, side
    return best


def tiled_conv2d(x: Tensor, weight: Tensor, padding: int, side: int) -> Tensor:
    r"""A convolution of images whose channels lie last.

    Args:
        x (torch.Tensor): Images :math:`(B, h, w, C)`.
        weight (torch.Tensor): The kernel :math:`(K, K, C, C')`.
        padding (int): Zeros around the images.
        side (int): The side of tiles, an even number larger than :math:`K`.

    Returns:
        torch.Tensor: :math:`(B, h', w', C')`
    """
    batch, height, width, channels = x.shape
    size, half = weight.size(0), side // 2
    step, out = side - size + 1, width + 2 * padding - size + 1
    across = -(-out // step)
    plan = transforms(height, size, padding, side, x.dtype, x.device)
    down = plan.rows.size(0) // side
    length = (across - 1) * step + side
    x = pad(x, (0, 0, padding, length - padding - width))
    x = torch.matmul(plan.rows, x.view(batch, height, length * channels))
    x = x.view(batch, down, half, 2, length, channels).unfold(4, side, step)
    x = x.permute(2, 0, 1, 4, 3, 6, 5).reshape(half, batch * down * across, 2 * side, channels)
    w = torch.matmul(plan.kernel_rows, weight.reshape(size, -1)).view(half, 2 * size, -1)
    y = _Products.apply(x, w, plan.columns, plan.kernel_columns, plan.back_columns)
    y = y.view(half, batch, down, across, 2, step, -1).permute(1, 2, 0, 4, 3, 5, 6)
    y = y.reshape(batch, down * side, across * step, -1)[:, :, :out]
    y = torch.matmul(plan.back_rows, y.reshape(batch, down * side, -1))
    return y.view(batch, y.size(1), out, -1)


class _Products(torch.autograd.Function):
    """What happens to columns, for one frequency of rows at a time to stay in the cache."""

    @staticmethod
    def forward(x: Tensor, w: Tensor, columns: Tensor, kernel: Tensor, back: Tensor) -> Tensor:
        channels = x.size(-1)
        out = x.new_empty(*x.shape[:2], back.size(0), w.size(-1) // channels)
        for u in range(x.size(0)):
            factors = torch.matmul(kernel, w[u]).view(kernel.size(0), channels, -1)
            y = products(torch.matmul(columns, x[u]).transpose(0, 1), factors)
            torch.matmul(back, y.transpose(0, 1), out=out[u])
        return out

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None, None, None]:
        x, w, columns, kernel, back = ctx.saved_tensors
        if torch.is_grad_enabled():  # Someone wants derivatives of gradients.
            factors = torch.matmul(kernel, w).unflatten(2, (x.size(-1), -1))
            at_x = torch.matmul(columns, x).transpose(1, 2)
            at_y = torch.matmul(back.t(), grad).transpose(1, 2)
            towards = torch.matmul(at_y, factors.mT).transpose(1, 2)
            grad_w = torch.matmul(kernel.t(), torch.matmul(at_x.mT, at_y).flatten(2))
            return torch.matmul(columns.t(), towards), grad_w, None, None, None
        grad_x, grad_w = torch.empty_like(x), torch.empty_like(w)
        for u in range(x.size(0)):
            factors = torch.matmul(kernel, w[u]).view(kernel.size(0), x.size(-1), -1)
            at_x = torch.matmul(columns, x[u]).transpose(0, 1)
            at_y = torch.matmul(back.t(), grad[u]).transpose(0, 1)
            towards = products(at_y, factors.transpose(1, 2))
            torch.matmul(columns.t(), towards.transpose(0, 1), out=grad_x[u])
            towards = products(at_x.transpose(1, 2), at_y)
            torch.matmul(kernel.t(), towards.view(kernel.size(0), -1), out=grad_w[u])
        return grad_x, grad_w, None, None, None


def products(a: Tensor, b: Tensor) -> Tensor:
    r"""Products of matrices :math:`(Q, M, C)` and :math:`(Q, C, C')`.

    Large ones in float32 are left to oneDNN, which is faster than the BLAS on some processors.
    """
    linear = getattr(torch.ops.mkldnn, "_linear_pointwise", None)
    large = a.size(1) * a.size(2) * b.size(2) > 2**22
    if not large or linear is None or a.dtype != torch.float32 or a.device.type != "cpu":
        return torch.bmm(a, b)
    out = a.new_empty(a.size(0), a.size(1), b.size(2))
    for i in range(a.size(0)):
        left, right = a[i], b[i]  # oneDNN is slow on rows that are apart from each other.
        left = left if left.t().is_contiguous() else left.contiguous()
        right = right if right.t().is_contiguous() else right.contiguous()
        out[i] = linear(left, right.t(), None, "none", [], "")
    return out
