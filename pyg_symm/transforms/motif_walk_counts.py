"""How often random walks nearly spell a motif."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.transforms import BaseTransform

from pyg_symm.graphs.edge_list import check_nodes, edge_list
from pyg_symm.strings import hamming_distances
from pyg_symm.utils import check_sizes, index_to_ptr


class MotifWalkCounts(BaseTransform):
    r"""Counts how often the labels of random walks from each node nearly spell a motif.

    From each node, random walks are drawn, which follow edges with equal probability. At each place
    of a walk, its labels are compared with the motif. For each motif, the features of a node are
    the average numbers of places with at most :math:`0, 1, \dots, k` errors. They are appended to
    ``x``. Expected features do not depend on the numbering of nodes.

    Args:
        motifs (list): Motifs, each a list of labels.
        k (int, optional): The largest number of errors. (default: :obj:`1`)
        num_walks (int, optional): Walks from each node. (default: :obj:`32`)
        walk_length (int, optional): Nodes of a walk. (default: :obj:`12`)
        attr (str, optional): Labels of nodes: integers :math:`(N)`, or a one-hot code
            :math:`(N, F)`. (default: ``"x"``)
        seed (int, optional): Walks are a function of it and the graph. (default: :obj:`0`)

    Raises:
        ValueError: If a motif is empty, longer than a walk, or not of integers; if a number is too
            small, or a graph has no such labels, no edges, or edges of nodes without labels.

    Examples:
        >>> ring = torch.arange(6)
        >>> data = Data(
        ...     x=(ring % 2).view(-1, 1),
        ...     edge_index=torch.cat([torch.stack([ring, (ring + s) % 6]) for s in (1, -1)], dim=1),
        ... )
        >>> MotifWalkCounts([[0, 1, 0]], k=1, walk_length=3)(data).x
        tensor([[0., 1., 1.],
                [1., 0., 0.],
                [0., 1., 1.],
                [1., 0., 0.],
                [0., 1., 1.],
                [1., 0., 0.]])
    """

    def __init__(
        self,
        motifs: Sequence[Sequence[int]],
        k: int = 1,
        num_walks: int = 32,
        walk_length: int = 12,
        attr: str = "x",
        seed: int = 0,
    ) -> None:
        check_sizes(1, num_walks=num_walks, walk_length=walk_length)
        check_sizes(0, k=k)
        if len(motifs) == 0:
            raise ValueError("'motifs' must not be empty (got [])")
        self.motifs = [torch.as_tensor(list(motif)) for motif in motifs]
        for motif in self.motifs:
            if motif.is_floating_point() or not 0 < motif.numel() <= walk_length:
                raise ValueError(
                    f"'motifs' must have 1 to {walk_length} integers each (got {motif.tolist()})"
                )
        self.k, self.num_walks, self.walk_length = k, num_walks, walk_length
        self.attr, self.seed = attr, seed

    def forward(self, data: Data) -> Data:
        labels = self._labels(data)
        if data.edge_index is None:
            raise ValueError(f"'data' has no 'edge_index' (got {data})")
        edge_index, _ = edge_list(data.edge_index)
        check_nodes(edge_index, labels.numel())
        generator = torch.Generator().manual_seed(self.seed)
        walks = random_walks(
            edge_index.cpu(), labels.numel(), self.num_walks, self.walk_length, generator
        )
        # Behind the last node of a walk that cannot go on is a letter that no motif has.
        end = min(int(motif.min()) for motif in self.motifs) - 1
        spelled = torch.cat([labels.cpu(), torch.tensor([end])])[walks]
        counts = []
        for motif in self.motifs:
            distance = hamming_distances(spelled.flatten(0, 1), motif, k=self.k)
            for errors in range(self.k + 1):
                found = (distance <= errors).sum(dim=1).view(labels.numel(), self.num_walks)
                counts.append(found.to(torch.get_default_dtype()).mean(dim=1))
        features = torch.stack(counts, dim=1).to(labels.device)
        x = data.get("x")
        if x is not None:
            x = x.view(-1, 1) if x.dim() == 1 else x
            features = torch.cat([x.to(features.dtype), features], dim=1)
        data.x = features
        return data

    def _labels(self, data: Data) -> Tensor:
        value = data.get(self.attr)
        if not torch.is_tensor(value) or value.dim() not in (1, 2):
            raise ValueError(f"'{self.attr}' must be the labels of nodes (got {value})")
        if value.dim() == 2 and value.size(1) == 1:
            value = value.view(-1)
        if value.dim() == 2:
            if not bool(((value == 0) | (value == 1)).all() & (value.sum(dim=1) == 1).all()):
                raise ValueError(f"'{self.attr}' must be a one-hot code (got other rows)")
            return value.argmax(dim=1)
        if value.is_floating_point() and bool((value != value.round()).any()):
            raise ValueError(f"'{self.attr}' must be whole numbers (got {value.dtype} with others)")
        return value.long()

    def __repr__(self) -> str:
        motifs = [motif.tolist() for motif in self.motifs]
        return (
            f"{type(self).__name__}(motifs={motifs}, k={self.k}, num_walks={self.num_walks}, "
            f"walk_length={self.walk_length}, attr={self.attr!r}, seed={self.seed})"
        )


def random_walks(
    edge_index: Tensor,
    num_nodes: int,
    num_walks: int,
    length: int,
    generator: torch.Generator | None = None,
) -> Tensor:
    r"""Random walks from all nodes.

    Args:
        edge_index (torch.Tensor): Edges :math:`(2, E)`.
        num_nodes (int): The number of nodes :math:`N`.
        num_walks (int): Walks from each node :math:`W`.
        length (int): Nodes of a walk :math:`L`.
        generator (torch.Generator, optional): Source of randomness. (default: PyTorch's own)

    Returns:
        torch.Tensor: Nodes of walks :math:`(N, W, L)`. Behind a node without outgoing edges, a walk
        is at the node :math:`N`, which is none.

    Examples:
        >>> random_walks(torch.tensor([[0, 1], [1, 2]]), 3, num_walks=1, length=4)[:, 0]
        tensor([[0, 1, 2, 3],
                [1, 2, 3, 3],
                [2, 3, 3, 3]])
    """
    order = edge_index[0].argsort(stable=True)
    target = torch.cat([edge_index[1, order], edge_index.new_full((1,), num_nodes)])
    ptr = index_to_ptr(edge_index[0], num_nodes)
    # The node that is none has no edges.
    start = torch.cat([ptr, ptr[-1:]])
    degree = start.diff()
    nodes = torch.arange(num_nodes).repeat_interleave(num_walks)
    walks = [nodes]
    for _ in range(length - 1):
        draw = torch.rand(nodes.numel(), generator=generator, dtype=torch.double)
        step = (draw * degree[nodes]).long()
        # Without edges, the last entry of `target` is the node that is none.
        place = torch.where(degree[nodes] > 0, start[nodes] + step, target.numel() - 1)
        nodes = target[place]
        walks.append(nodes)
    return torch.stack(walks, dim=1).view(num_nodes, num_walks, length)
