"""Operations that depend on the order along some axes and treat all others as a batch."""

from ..call import Axes, Call
from ..registry import register_rule
from ..terms import frozen, term_size

ALONG = """
argsort cummax cummin cumprod cumsum _cummax_helper _fft_c2c _fft_c2r _fft_r2c flip
logcumsumexp msort renorm roll sort topk
"""
MATRICES = """
linalg_cholesky_ex linalg_eig linalg_eigh _linalg_eigh linalg_inv_ex linalg_matrix_exp
_linalg_det _linalg_slogdet _linalg_svd linalg_qr tril triu
"""


@register_rule(*(f"aten::{name}" for name in ALONG.split()))
def along(call: Call) -> list[Axes]:
    r"""The axes that are named keep their order; all of them if none is named."""
    axes = call.axes(call.first("self", "input"))
    dims = call.first("dim", "dims")
    if dims is None or dims == []:
        dims = range(len(axes))
    dims = (
        {d % len(axes) for d in (dims if isinstance(dims, (list, tuple, range)) else [dims])}
        if axes
        else set()
    )
    for x in call.tensors[1:]:
        call.freeze(*call.axes(x))
    kept = call.fix(axes, dims)
    return [
        tuple(frozen(n) if n != term_size(t) else t for t, n in zip(kept, x.shape, strict=True))
        for x in call.results
    ]


@register_rule(*(f"aten::{name}" for name in MATRICES.split()))
def matrices(call: Call) -> list[Axes]:
    r"""The last two axes keep their order."""
    axes = call.axes(call.first("self", "A", "input"))
    call.fix(axes, [-1, -2])
    return [axes[:-2] + tuple(map(frozen, x.shape[len(axes) - 2 :])) for x in call.results]


@register_rule("aten::linalg_cross")
def cross(call: Call) -> Axes:
    r"""Products of vectors along one axis, all others are a batch."""
    operands = [call["self"], call["other"]]
    axes = call.broadcast(*((call.axes(x), tuple(x.shape)) for x in operands))
    return call.fix(axes, [call["dim"]])
