"""LoRA adapters as plain tensors, one pair of factors for each adapted module."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from pyg_symm.utils import check_choice

from .report import MergeReport

DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
KINDS = ("linear", "conv", "embedding")


class LoraModule(NamedTuple):
    r"""The update :math:`s \, B A` of the weight of one module.

    Attributes:
        A (Tensor): The rows :math:`a_j`. ``[r, d_in]``
        B (Tensor): The columns :math:`b_j`. ``[d_out, r]``
        scaling (float): The factor :math:`s`.
    """

    A: Tensor
    B: Tensor
    scaling: float

    @property
    def rank(self) -> int:
        """The number of rows of ``A``."""
        return self.A.size(0)


@dataclass(frozen=True)
class Layout:
    r"""How a module's update lies in its weight.

    Args:
        kind (str): ``"linear"`` for a weight ``[d_out, d_in]``, ``"conv"`` for a kernel
            ``[d_out, *row]``, ``"embedding"`` for a table ``[d_in, d_out]``.
        row (tuple): The shape of a row of ``A``, such as ``(in_channels, 3, 3)``; empty unless
            ``kind`` is ``"conv"``.
    """

    kind: str = "linear"
    row: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, KINDS)
        if (self.kind == "conv") != (len(self.row) > 1):
            raise ValueError(f"'row' must be the shape of a kernel (got {self.row}, {self.kind})")

    def weight(self, delta: Tensor) -> Tensor:
        """An update ``[d_out, d_in]`` in the shape of the module's weight."""
        if self.kind == "embedding":
            return delta.T
        return delta.reshape(-1, *self.row) if self.kind == "conv" else delta


class Adapter(Mapping[str, LoraModule]):
    r"""A LoRA adapter: ``adapter[name]`` is the triple of a module's factors and scaling.

    Factors of convolutions are flattened, those of embeddings are as `peft
    <https://github.com/huggingface/peft>`_ stores them, so that every update is a matrix.

    Args:
        modules (Mapping): ``(A, B, scaling)`` by name of module, with ``A`` ``[r, d_in]`` and ``B``
            ``[d_out, r]``.
        layouts (Mapping, optional): :class:`Layout` of modules that are not linear.
        base_model (str, optional): The name of the model that was adapted.
        options (Mapping, optional): Other entries of the config, written back as they are.

    Raises:
        ValueError: If there is no module, if shapes do not fit, or if a factor is not floating
            point or not finite; the message names the module.

    Attributes:
        report (MergeReport or None): What the merge that made this adapter has to say.

    Examples:
        >>> adapter = Adapter({"lin": (torch.ones(2, 3), torch.ones(4, 2), 0.5)})
        >>> adapter.delta("lin").shape, adapter.rank("lin")
        (torch.Size([4, 3]), 2)
    """

    def __init__(
        self,
        modules: Mapping[str, tuple[Tensor, Tensor, float]],
        *,
        layouts: Mapping[str, Layout] | None = None,
        base_model: str | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        if not modules:
            raise ValueError("'modules' must have at least one module (got none)")
        self._modules = {name: _checked(name, module) for name, module in modules.items()}
        self.layouts = {name: (layouts or {}).get(name, Layout()) for name in self._modules}
        for name, layout in self.layouts.items():
            if layout.row and math.prod(layout.row) != self[name].A.size(1):
                raise ValueError(
                    f"rows of '{name}' have {self[name].A.size(1)} numbers (got a layout {layout})"
                )
        self.base_model = base_model
        self.options = dict(options or {})
        self.report: MergeReport | None = None

    def __getitem__(self, name: str) -> LoraModule:
        return self._modules[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)

    def rank(self, name: str) -> int:
        """The rank of a module."""
        return self[name].rank

    def delta(self, name: str) -> Tensor:
        r"""The update :math:`s \, B A` of a module as a matrix. ``[d_out, d_in]``"""
        a, b, scaling = self[name]
        return scaling * (b @ a)

    @property
    def dtype(self) -> torch.dtype:
        """The type of the first factor."""
        return next(iter(self._modules.values())).A.dtype

    def __repr__(self) -> str:
        ranks = sorted({module.rank for module in self.values()})
        shown = str(ranks[0]) if len(ranks) == 1 else f"{ranks[0]} to {ranks[-1]}"
        return f"{type(self).__name__}({len(self)} modules, rank {shown})"


def _checked(name: str, module: tuple[Tensor, Tensor, float]) -> LoraModule:
    if not isinstance(module, tuple | list) or len(module) != 3:
        got = (
            f"{len(module)} entries" if isinstance(module, tuple | list) else type(module).__name__
        )
        raise ValueError(f"'{name}' must be A, B and a scaling (got {got})")
    a, b, scaling = module
    for letter, factor in (("A", a), ("B", b)):
        if factor.dtype not in DTYPES:
            raise ValueError(
                f"{letter} of '{name}' must be floating point, not quantised (got {factor.dtype})"
            )
        if factor.dim() != 2:
            raise ValueError(
                f"{letter} of '{name}' must be a matrix (got shape {tuple(factor.shape)})"
            )
        if not bool(factor.isfinite().all()):
            value = factor[~factor.isfinite()][0].item()
            raise ValueError(f"{letter} of '{name}' must be finite (got {value})")
    if a.size(0) != b.size(1) or a.size(0) == 0:
        shapes = f"A {tuple(a.shape)}, B {tuple(b.shape)}"
        raise ValueError(f"factors of '{name}' must share a rank of at least 1 (got {shapes})")
    if not math.isfinite(scaling):
        raise ValueError(f"scaling of '{name}' must be finite (got {scaling})")
    return LoraModule(a, b, float(scaling))
