"""Pieces of Tetris in space, two of which are mirror images."""

from collections.abc import Callable

import torch
from torch_geometric.data import Data, InMemoryDataset

from pyg_symm.groups import random_rotations
from pyg_symm.utils import check_sizes

from .splits import split_generator

#: Name and cells of each piece, in the order of their classes.
PIECES = {
    "left screw": [(0, 0, 0), (0, 0, 1), (1, 0, 0), (1, 1, 0)],
    "right screw": [(0, 0, 0), (0, 0, 1), (1, 0, 0), (1, -1, 0)],
    "square": [(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 0)],
    "line": [(0, 0, 0), (0, 0, 1), (0, 0, 2), (0, 0, 3)],
    "corner": [(0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0)],
    "L": [(0, 0, 0), (0, 0, 1), (0, 0, 2), (0, 1, 0)],
    "T": [(0, 0, 0), (0, 0, 1), (0, 0, 2), (0, 1, 1)],
    "zigzag": [(0, 0, 0), (1, 0, 0), (1, 1, 0), (2, 1, 0)],
}


class Tetris(InMemoryDataset):
    r"""The eight pieces of four cubes of the `"Tensor Field Networks"
    <https://arxiv.org/abs/1802.08219>`_ paper, randomly rotated and moved.

    The first two classes are mirror images of each other. A network that is invariant under
    reflections cannot tell them apart: an eighth of its answers is wrong at best.

    Each graph has

    - ``pos`` :math:`(4, 3)`: the centres of the cubes
    - ``edge_index`` :math:`(2, 6)` or :math:`(2, 8)`: pairs of cubes that share a face
    - ``y`` :math:`(1)`: the class

    Nothing is stored on disk. A split is a function of the seed, and the splits have different
    rotations.

    Args:
        split (str, optional): ``"train"``, ``"val"`` or ``"test"``. (default: ``"train"``)
        num_rotations (int, optional): How often each piece occurs. (default: :obj:`8`)
        seed (int, optional): The rotations are a function of it. (default: :obj:`0`)
        transform (Callable, optional): Applied to a graph at every access.

    Raises:
        ValueError: If there is no such split, or a number is too small.

    Examples:
        >>> dataset = Tetris(num_rotations=2)
        >>> len(dataset), dataset.num_classes
        (16, 8)
        >>> dataset[0]
        Data(edge_index=[2, 6], y=[1], pos=[4, 3])
    """

    def __init__(
        self,
        split: str = "train",
        num_rotations: int = 8,
        seed: int = 0,
        transform: Callable | None = None,
    ) -> None:
        generator = split_generator(split, seed)
        check_sizes(1, num_rotations=num_rotations)
        super().__init__(None, transform)
        self.split = split
        graphs = []
        for y, cells in enumerate(PIECES.values()):
            pos = torch.tensor(cells, dtype=torch.double)
            distance = torch.cdist(pos, pos)
            edge_index = ((distance > 0.5) & (distance < 1.1)).nonzero().t().contiguous()
            pos = pos - pos.mean(0)
            rotations = random_rotations(num_rotations, generator=generator, dtype=torch.double)
            shifts = torch.randn(num_rotations, 1, 3, generator=generator, dtype=torch.double)
            moved = (pos @ rotations.mT + shifts).float()
            target = torch.tensor([y])
            graphs += [Data(pos=p, edge_index=edge_index, y=target) for p in moved]
        self.data, self.slices = self.collate(graphs)
