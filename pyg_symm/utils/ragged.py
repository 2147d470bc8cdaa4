"""Ragged sets: element-to-set vectors (``index``) and compressed boundaries (``ptr``).

A batch of :math:`S` sets with :math:`E` elements in all is described either by ``index`` of
shape :math:`(E)`, the set of each element in any order, or by ``ptr`` of shape :math:`(S + 1)`:
set :math:`s` owns the elements ``ptr[s]:ptr[s + 1]``.
"""

import torch
from torch import Tensor


def check_index(
    index: Tensor,
    dim_size: int | None = None,
    name: str = "index",
    size_name: str = "dim_size",
) -> int:
    r"""Checks an element-to-set vector and returns the number of sets.

    Args:
        index (torch.Tensor): The set of each element :math:`(E)`, an integer vector.
        dim_size (int, optional): The number of sets; ``index.max() + 1`` if not given.
        name (str, optional): What errors call the vector. (default: ``"index"``)
        size_name (str, optional): What errors call the number of sets. (default: ``"dim_size"``)

    Raises:
        ValueError: If ``index`` is not an integer vector, has a negative entry, or does not fit
            ``dim_size``.
    """
    if index.dim() != 1:
        raise ValueError(f"'{name}' must be a vector (got shape {list(index.shape)})")
    if index.is_floating_point() or index.is_complex() or index.dtype == torch.bool:
        raise ValueError(f"'{name}' must hold integers (got {index.dtype})")
    if dim_size is not None and dim_size < 0:
        raise ValueError(f"'{size_name}' must not be negative (got {dim_size})")
    if index.numel() == 0:
        return dim_size or 0
    low, high = torch.stack(index.aminmax()).tolist()
    if low < 0:
        raise ValueError(f"'{name}' must not be negative (got {low})")
    if dim_size is None:
        return high + 1
    if high >= dim_size:
        raise ValueError(
            f"'{size_name}' must be at least {high + 1} to hold '{name}' (got {dim_size})"
        )
    return dim_size


def check_batch(batch: Tensor | None, num_nodes: int) -> None:
    r"""Checks that every node has a graph, if graphs are given; values are not read.

    Args:
        batch (torch.Tensor, optional): The graph of each node :math:`(N)`.
        num_nodes (int): The number of nodes :math:`N`.

    Raises:
        ValueError: If ``batch`` has another shape, or does not hold integers.
    """
    if batch is None:
        return
    if batch.shape != (num_nodes,):
        raise ValueError(f"'batch' must have shape [{num_nodes}] (got {list(batch.shape)})")
    if batch.is_floating_point() or batch.is_complex() or batch.dtype == torch.bool:
        raise ValueError(f"'batch' must hold integers (got {batch.dtype})")


def check_ptr(ptr: Tensor, num_elements: int | None = None, dim_size: int | None = None) -> None:
    r"""Checks the boundaries of contiguous sets.

    Args:
        ptr (torch.Tensor): Boundaries :math:`(S + 1)`, an integer vector.
        num_elements (int, optional): The number of elements that the sets must cover.
        dim_size (int, optional): The number of sets that is expected.

    Raises:
        ValueError: If ``ptr`` is not a non-empty integer vector, does not start at zero, decreases,
            does not end at ``num_elements``, or does not describe ``dim_size`` sets.
    """
    if ptr.dim() != 1 or ptr.numel() == 0:
        raise ValueError(f"'ptr' must be a non-empty vector (got shape {list(ptr.shape)})")
    if ptr.is_floating_point() or ptr.is_complex() or ptr.dtype == torch.bool:
        raise ValueError(f"'ptr' must hold integers (got {ptr.dtype})")
    if dim_size is not None and dim_size != ptr.numel() - 1:
        raise ValueError(f"'ptr' describes {ptr.numel() - 1} sets, but 'dim_size' is {dim_size}")
    first, last = ptr[[0, -1]].tolist()
    if first != 0:
        raise ValueError(f"'ptr' must start at 0 (got {first})")
    falls = (ptr.diff() < 0).nonzero().view(-1)
    if falls.numel() > 0:
        i = int(falls[0])
        raise ValueError(
            f"'ptr' must not decrease (got {int(ptr[i])} at {i}, then {int(ptr[i + 1])})"
        )
    if num_elements is not None and last != num_elements:
        raise ValueError(f"'ptr' ends at {last}, but there are {num_elements} elements")


def index_to_ptr(index: Tensor, num_sets: int) -> Tensor:
    r"""Boundaries of the sets that ``index`` names, whether or not it is sorted.

    Examples:
        >>> index_to_ptr(torch.tensor([2, 0, 2]), num_sets=4)
        tensor([0, 1, 1, 3, 3])
    """
    ptr = index.new_zeros(num_sets + 1, dtype=torch.long)
    torch.cumsum(torch.bincount(index, minlength=num_sets), dim=0, out=ptr[1:])
    return ptr


def ptr_to_index(ptr: Tensor, num_elements: int | None = None) -> Tensor:
    r"""The set of each element. Giving ``num_elements`` avoids a device synchronisation.

    Examples:
        >>> ptr_to_index(torch.tensor([0, 1, 1, 3]))
        tensor([0, 2, 2])
    """
    # Counts the boundaries up to each element. `repeat_interleave` does the same, but wakes all
    # threads for the smallest input: on a busy machine that costs milliseconds a batch.
    num_elements = int(ptr[-1]) if num_elements is None else num_elements
    marks = ptr.new_zeros(num_elements + 1)
    marks.index_add_(0, ptr[1:-1], torch.ones_like(ptr[1:-1]))
    return marks[:-1].cumsum(0)


def rank_within(index: Tensor, ptr: Tensor) -> Tensor:
    r"""The rank of each element within its set, counted from zero.

    Args:
        index (torch.Tensor): The set of each element :math:`(E)`, sorted.
        ptr (torch.Tensor): Boundaries of the sets :math:`(S + 1)`.

    Examples:
        >>> rank_within(torch.tensor([0, 0, 2, 2, 2]), torch.tensor([0, 2, 2, 5]))
        tensor([0, 1, 0, 1, 2])
    """
    return torch.arange(index.numel(), device=index.device) - ptr[index]


def gather_segments(ptr: Tensor, index: Tensor) -> tuple[Tensor, Tensor]:
    r"""The elements of the segments that ``index`` names, one segment behind the other.

    Args:
        ptr (torch.Tensor): Boundaries of all segments :math:`(S + 1)`.
        index (torch.Tensor): The segments to take :math:`(K)`, in any order, also repeatedly.

    Returns:
        tuple: For each element the place of its segment in ``index``, and its position.

    Examples:
        >>> gather_segments(torch.tensor([0, 2, 2, 5]), torch.tensor([2, 0]))
        (tensor([0, 0, 0, 1, 1]), tensor([2, 3, 4, 0, 1]))
    """
    start = ptr.index_select(0, index)
    ends = (ptr.index_select(0, index + 1) - start).cumsum(0)
    bounds = torch.cat([ends.new_zeros(1), ends])
    owner = ptr_to_index(bounds)
    shift = start - bounds[:-1]
    return owner, torch.arange(owner.numel(), device=ptr.device) + shift.index_select(0, owner)


def random_order(index: Tensor, generator: torch.Generator | None = None) -> Tensor:
    r"""A random order of the elements of each set.

    Args:
        index (torch.Tensor): The set of each element :math:`(E)`, sorted.
        generator (torch.Generator, optional): Source of randomness. (default: PyTorch's own)

    Returns:
        torch.Tensor: A permutation of the positions that keeps every set in its place
        :math:`(E)`.
    """
    device = index.device if generator is None else generator.device
    noise = torch.rand(index.numel(), generator=generator, dtype=torch.double, device=device)
    # Sorting by set plus a fraction sorts once. The factor keeps rounding below the next set.
    return (index + noise.to(index.device) * 0.999).argsort()
