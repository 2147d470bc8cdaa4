"""Random rotations of whole graphs, as data augmentation."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.transforms import BaseTransform

from pyg_symm.groups import random_orthogonal, random_rotations

_VECTORS = ("vec", "force", "cell")  # Rotated where a graph has them.


class RandomRotation(BaseTransform):
    r"""Rotates every graph by a matrix of its own, about the origin.

    The matrices are drawn from the Haar measure of :math:`SO(n)`, or of :math:`O(n)` with
    reflections; :math:`n = 2` or 3 comes from the positions. In a batch, or a graph with a vector
    ``batch``, all vectors of one graph are rotated together. Without, everything is one graph. A
    vector may belong to a node, an edge or a graph; its last dimension is rotated. The graph that
    is given is not changed.

    :class:`torch_geometric.transforms.RandomRotate` rotates positions only, by random angles about
    one axis.

    Args:
        attrs (list, optional): What to rotate, such as ``["pos", "vec", "y"]``. Each graph must
            have all of them. (default: ``pos``, and ``vec``, ``force`` and ``cell`` of graphs
            that have them)
        reflections (bool, optional): Whether half of the matrices are reflections.
            (default: :obj:`False`)
        generator (torch.Generator, optional): Source of random numbers. (default: PyTorch's own)

    Raises:
        ValueError: If a graph has no positions in two or three dimensions, or an attribute is
            missing or not made of vectors of the same dimension.

    Examples:
        >>> data = Data(pos=torch.eye(3), vec=torch.eye(3).view(3, 1, 3))
        >>> turned = RandomRotation(generator=torch.Generator().manual_seed(0))(data)
        >>> torch.allclose(turned.pos @ turned.pos.t(), torch.eye(3), atol=1e-6)
        True
        >>> torch.equal(turned.vec[:, 0], turned.pos), torch.equal(data.pos, torch.eye(3))
        (True, True)
    """

    def __init__(
        self,
        attrs: Sequence[str] | None = None,
        reflections: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        if isinstance(attrs, str) or (attrs is not None and len(attrs) == 0):
            raise ValueError(f"'attrs' must be a list of names (got {attrs!r})")
        self.attrs = None if attrs is None else list(attrs)
        self.reflections = reflections
        self.generator = generator

    def forward(self, data: Data) -> Data:
        pos = data.get("pos")
        if not torch.is_tensor(pos) or pos.dim() != 2 or pos.size(1) not in (2, 3):
            raise ValueError(f"'data' must have positions in 2 or 3 dimensions (got {data})")
        if not pos.is_floating_point():
            raise ValueError(f"'pos' must have floating-point numbers (got {pos.dtype})")
        batch, num_graphs = _graphs(data)
        draw = random_orthogonal if self.reflections else random_rotations
        matrices = draw(num_graphs, pos.size(1), self.generator, pos.dtype, pos.device)
        rotated = {}
        for name in self.attrs or ["pos", *(name for name in _VECTORS if name in data)]:
            value = data.get(name)
            self._check(name, value, pos)
            matrix = matrices[_owner(data, name, value, batch, num_graphs)].to(value.dtype)
            rows = value.reshape(value.size(0), math.prod(value.shape[1:-1]), pos.size(1))
            rotated[name] = (rows @ matrix.mT).view_as(value)
        for name, value in rotated.items():
            data[name] = value
        return data

    def _check(self, name: str, value: Tensor | None, pos: Tensor) -> None:
        if value is None:
            raise ValueError(f"'attrs' must name attributes of the graph (got {name!r})")
        dim = pos.size(1)
        if value.dim() < 2 or value.size(-1) != dim or not value.is_floating_point():
            raise ValueError(
                f"'{name}' must hold vectors of {dim} dimensions as 'pos' does "
                f"(got {list(value.shape)}, {value.dtype})"
            )

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}(attrs={self.attrs}, reflections={self.reflections}, "
            f"generator={self.generator})"
        )


def _graphs(data: Data) -> tuple[Tensor | None, int]:
    """The graph of each node, if there are several, and their number."""
    batch, ptr = data.get("batch"), data.get("ptr")
    if batch is None:
        return None, 1
    if ptr is not None:
        return batch, ptr.numel() - 1
    return batch, int(batch.max()) + 1 if batch.numel() > 0 else 0


def _owner(
    data: Data, name: str, value: Tensor, batch: Tensor | None, num_graphs: int
) -> Tensor | slice:
    """The graph of each row of an attribute."""
    if batch is None or num_graphs == 1:
        return slice(None)  # One matrix for all rows.
    if value.size(0) == batch.numel():
        return batch
    if value.size(0) == num_graphs:
        return slice(None)
    edge_index = data.get("edge_index")
    if edge_index is not None and value.size(0) == edge_index.size(1):
        return batch[edge_index[0]]
    raise ValueError(
        f"'{name}' must have one row a node, an edge or a graph (got {list(value.shape)} "
        f"for {batch.numel()} nodes of {num_graphs} graphs)"
    )
