r"""All linear maps between tensors over a node set that commute with every permutation of it.

A map from tensors of order :math:`p` to tensors of order :math:`q` has one free coefficient for
each way to partition its :math:`q + p` indices: indices of one block must agree, blocks are free.
"""

from collections.abc import Iterator

import torch
from torch import Tensor


def set_partitions(num: int) -> Iterator[tuple[int, ...]]:
    r"""The partitions of ``num`` things into blocks, as the block of each thing.

    Blocks are numbered in order of appearance; there are Bell(``num``) partitions.

    Examples:
        >>> list(set_partitions(3))
        [(0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1), (0, 1, 2)]
    """
    if num == 0:
        yield ()
        return
    for head in set_partitions(num - 1):
        for block in range(max(head, default=-1) + 2):
            yield (*head, block)


def num_equivariant_maps(in_order: int, out_order: int) -> int:
    r"""The dimension of the space of equivariant maps, :math:`\mathrm{Bell}(p + q)`.

    Holds for sets of at least :math:`p + q` nodes; on smaller ones some of the maps coincide.

    Examples:
        >>> [num_equivariant_maps(2, q) for q in range(3)]
        [2, 5, 15]
    """
    return sum(1 for _ in set_partitions(in_order + out_order))


def equivariant_basis(
    size: int, in_order: int, out_order: int, aggr: str = "mean", dtype: torch.dtype | None = None
) -> Tensor:
    r"""The basis of the equivariant maps on one set, as dense matrices.

    .. math::
        B^{\pi}_{i_1 \cdots i_q,\, j_1 \cdots j_p} = m^{-\ell(\pi)}
        \prod_{\textrm{blocks of } \pi} [\textrm{all indices of the block agree}]

    for every partition :math:`\pi` of the indices :math:`(i_1, \ldots, i_q, j_1, \ldots, j_p)`, in
    the order of :func:`set_partitions`. :math:`\ell(\pi)` counts the blocks of input indices only,
    that is the indices that are summed over; with ``aggr="sum"`` it is zero. This is the literal
    form, for reference: :class:`~pyg_symm.nn.EquivariantLinear` never builds it.

    Args:
        size (int): The number of nodes :math:`m`.
        in_order (int): Order of the input :math:`p`.
        out_order (int): Order of the output :math:`q`.
        aggr (str, optional): ``"mean"`` or ``"sum"``. (default: ``"mean"``)
        dtype (torch.dtype, optional): Type of the entries. (default: PyTorch's own)

    Returns:
        torch.Tensor: :math:`(\mathrm{Bell}(p + q), m^q, m^p)`

    Examples:
        >>> equivariant_basis(2, in_order=1, out_order=1, aggr="sum")
        tensor([[[1., 0.],
                 [0., 1.]],
        <BLANKLINE>
                [[1., 1.],
                 [1., 1.]]])
    """
    num = in_order + out_order
    node = torch.arange(size)
    indices = [node.view([size if k == i else 1 for k in range(num)]) for i in range(num)]
    maps = []
    for blocks in set_partitions(num):
        entries = torch.ones([size] * num, dtype=torch.bool)
        for i in range(num):
            entries = entries & (indices[blocks.index(blocks[i])] == indices[i])
        summed = len(set(blocks) - set(blocks[:out_order]))
        scale = size**-summed if aggr == "mean" and size > 0 else 1.0
        maps.append(entries.to(dtype or torch.get_default_dtype()) * scale)
    return torch.stack(maps).view(len(maps), size**out_order, size**in_order)
