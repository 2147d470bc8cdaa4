"""Functions of multisets of integers: tasks that a fixed aggregator may fail to extrapolate."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, get_worker_info
from torch_geometric.data import Batch, Data

from pyg_symm.utils import check_choice, ptr_to_index, random_order

SUM_MODULUS = 16


def integer_to_bits(values: Tensor, num_bits: int) -> Tensor:
    r"""The binary digits of non-negative integers, most significant first.

    Args:
        values (torch.Tensor): Integers below :math:`2^b`, of any shape :math:`(*)`.
        num_bits (int): The number of digits :math:`b`.

    Returns:
        torch.Tensor: Digits 0 and 1 of type long :math:`(*, b)`.

    Examples:
        >>> integer_to_bits(torch.tensor([6, 1]), num_bits=3)
        tensor([[1, 1, 0],
                [0, 0, 1]])
    """
    shifts = torch.arange(num_bits - 1, -1, -1, device=values.device)
    return (values.unsqueeze(-1) >> shifts) & 1


@dataclass(frozen=True)
class _SortedSets:
    """What a label is computed from: values ascending within each (never empty) set."""

    values: Tensor
    ptr: Tensor
    index: Tensor
    num_bits: int
    k: int

    def at(self, position: int | Tensor) -> Tensor:
        """The element at a sorted position of every set."""
        return self.values[self.ptr[:-1] + position]

    def sum(self, values: Tensor) -> Tensor:
        """Sums integers over every set."""
        return values.new_zeros(self.ptr.numel() - 1).index_add_(0, self.index, values)


def _num_distinct(sets: _SortedSets) -> Tensor:
    is_new = sets.values.diff(prepend=sets.values[:1]) != 0
    is_new[sets.ptr[:-1]] = True
    return sets.sum(is_new.long())


def _longest_common_prefix(sets: _SortedSets) -> Tensor:
    # All strings share what the smallest and the largest share, the rest lies between them.
    difference = sets.at(0) ^ sets.at(sets.ptr.diff() - 1)
    shifts = torch.arange(sets.num_bits)
    return sets.num_bits - ((difference.unsqueeze(-1) >> shifts) != 0).sum(dim=-1)


class _Task(NamedTuple):
    label: Callable[[_SortedSets], Tensor]
    max_label: Callable[[int], int]  # Depends on the bits alone, so that lengths share a decoder.
    min_size: Callable[[int], int] = lambda k: 1


_TASKS = {
    "minimum": _Task(lambda s: s.at(0), lambda bits: 2**bits - 1),
    "second_minimum": _Task(lambda s: s.at(1), lambda bits: 2**bits - 1, lambda k: 2),
    "kth_minimum": _Task(lambda s: s.at(s.k - 1), lambda bits: 2**bits - 1, lambda k: k),
    "parity": _Task(lambda s: s.sum(s.values) % 2, lambda bits: 1),
    "num_distinct": _Task(_num_distinct, lambda bits: 2**bits),
    "median": _Task(lambda s: s.at((s.ptr.diff() - 1) // 2), lambda bits: 2**bits - 1),
    "sum_mod": _Task(lambda s: s.sum(s.values) % SUM_MODULUS, lambda bits: SUM_MODULUS - 1),
    "longest_common_prefix": _Task(_longest_common_prefix, lambda bits: bits),
}


class IntegerSets(Dataset[Data]):
    r"""Multisets of :math:`b`-bit integers, each with the bits of one function of the whole set.

    The second minimum is the task of `"Learnable Commutative Monoids for Graph Neural Networks"
    <https://arxiv.org/abs/2212.08541>`_; the others are companions. With the elements in order,
    :math:`x_{(1)} \leq \dots \leq x_{(n)}` (equal elements count as often as they occur):

    - ``minimum``, ``second_minimum``, ``kth_minimum``: :math:`x_{(1)}`, :math:`x_{(2)}`,
      :math:`x_{(k)}`
    - ``median``: the lower median :math:`x_{(\lceil n / 2 \rceil)}`, always an element
    - ``parity``: :math:`\sum_i x_i \bmod 2`; for one-bit integers the parity of the ones
    - ``sum_mod``: :math:`\sum_i x_i \bmod 16`
    - ``num_distinct``: the number of different elements
    - ``longest_common_prefix``: the length, 0 to :math:`b`, of the longest prefix that all
      elements share as bit strings, most significant bit first

    Set sizes are uniform in ``min_size`` to ``max_size`` and integers uniform in 0 to
    :math:`2^b - 1`. Only for ``longest_common_prefix``, where the label would nearly always be 0,
    each set first draws a number of leading bits, uniform in 0 to :math:`b`, that its elements
    share. The width of a label depends on the task and ``num_bits`` only, so that a model trained
    on short sets can be tested on long ones. A prediction counts if all bits are right.

    All sets lie in one ragged tensor, and :meth:`loader` cuts mini-batches straight out of it.

    Args:
        task (str): One of the names above, see :attr:`tasks`.
        num_sets (int): The number of sets.
        min_size (int): The fewest elements of a set.
        max_size (int): The most elements of a set; equal to ``min_size`` for sets of one size.
        num_bits (int, optional): Bits :math:`b` of an integer, 1 to 32. (default: :obj:`8`)
        k (int, optional): The rank of ``kth_minimum``. (default: :obj:`3`)
        seed (int, optional): The sets are a function of it. (default: :obj:`0`)

    Attributes:
        values (torch.Tensor): Elements of all sets :math:`(E)`, long.
        ptr (torch.Tensor): Boundaries of the sets :math:`(S + 1)`, long.
        y (torch.Tensor): Labels as bits, most significant first :math:`(S, B)`, float.

    Examples:
        >>> dataset = IntegerSets("second_minimum", num_sets=100, min_size=2, max_size=5)
        >>> dataset
        IntegerSets(second_minimum, 100, min_size=2, max_size=5, num_bits=8)
        >>> batch = next(iter(dataset.loader(batch_size=10)))
        >>> batch.num_graphs, batch.x.shape == (batch.ptr[-1], 1), batch.y.shape
        (10, True, torch.Size([10, 8]))
    """

    tasks: tuple[str, ...] = tuple(_TASKS)

    def __init__(
        self,
        task: str,
        num_sets: int,
        min_size: int,
        max_size: int,
        num_bits: int = 8,
        k: int = 3,
        seed: int = 0,
    ) -> None:
        _check_arguments(task, num_sets, min_size, max_size, num_bits, k)
        self.task, self.num_bits, self.k, self.seed = task, num_bits, k, seed
        self.min_size, self.max_size = min_size, max_size

        generator = torch.Generator().manual_seed(seed)
        sizes = torch.randint(min_size, max_size + 1, (num_sets,), generator=generator)
        self.ptr = torch.cat([sizes.new_zeros(1), sizes.cumsum(0)])
        index = ptr_to_index(self.ptr)
        self.values = torch.randint(2**num_bits, index.shape, generator=generator)
        if task == "longest_common_prefix":
            length = torch.randint(num_bits + 1, (num_sets,), generator=generator)
            prefix = torch.randint(2**num_bits, (num_sets,), generator=generator)
            free = (1 << (num_bits - length)) - 1
            self.values = (prefix & ~free)[index] | (self.values & free[index])

        ordered = ((index << num_bits) | self.values).sort().values & (2**num_bits - 1)
        label = _TASKS[task].label(_SortedSets(ordered, self.ptr, index, num_bits, k))
        self.y = integer_to_bits(label, self.num_label_bits).float()

    @property
    def num_label_bits(self) -> int:
        """The width of a label."""
        return _TASKS[self.task].max_label(self.num_bits).bit_length()

    def __len__(self) -> int:
        return self.ptr.numel() - 1

    def __getitem__(self, index: int) -> Data:
        """One set: ``x`` :math:`(n, 1)` of type long and ``y`` :math:`(1, B)`."""
        i = int(index)
        if not -len(self) <= i < len(self):
            raise IndexError(f"'index' must be within {len(self)} sets (got {i})")
        i %= len(self)
        x = self.values[self.ptr[i] : self.ptr[i + 1]].view(-1, 1)
        return Data(x=x, y=self.y[i : i + 1])

    def __getitems__(self, indices: Sequence[int]) -> "SetSelection":
        """Several sets at once, as PyTorch's data loader asks for them."""
        return SetSelection(self, indices)

    def loader(
        self,
        batch_size: int,
        shuffle: bool = False,
        generator: torch.Generator | None = None,
        shuffle_elements: bool = False,
        **kwargs: Any,
    ) -> DataLoader:
        r"""A data loader that assembles each mini-batch without a loop over its sets.

        Args:
            batch_size (int): The number of sets in a mini-batch.
            shuffle (bool, optional): Whether sets are drawn in a new order every epoch.
                (default: :obj:`False`)
            generator (torch.Generator, optional): Source of both orders. (default: PyTorch's own)
            shuffle_elements (bool, optional): Whether the elements of every set are put in a new
                order each time; labels do not depend on it. (default: :obj:`False`)
            **kwargs (optional): Arguments of :class:`torch.utils.data.DataLoader`.
        """
        kwargs["collate_fn"] = SetCollater(shuffle_elements, generator)
        return DataLoader(self, batch_size, shuffle, generator=generator, **kwargs)

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}({self.task}, {len(self)}, min_size={self.min_size}, "
            f"max_size={self.max_size}, num_bits={self.num_bits})"
        )


class SetSelection(Sequence):
    r"""Some sets of an :class:`IntegerSets`, not yet taken out of it.

    A sequence of :class:`~torch_geometric.data.Data` to any collate function, PyG's included;
    :class:`SetCollater` asks for :meth:`batch` instead, which is about ten times faster.
    """

    def __init__(self, dataset: IntegerSets, indices: Sequence[int]) -> None:
        self.dataset, self.indices = dataset, indices

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, position: Any) -> Any:
        """The :class:`~torch_geometric.data.Data` at a position."""
        return self.dataset[self.indices[position]]

    def __iter__(self) -> Iterator[Data]:
        return (self.dataset[i] for i in self.indices)

    def batch(self) -> Batch:
        """All of them: ``x`` :math:`(E, 1)`, ``y`` :math:`(S, B)`, ``batch``, ``ptr``."""
        dataset = self.dataset
        chosen = torch.as_tensor(self.indices)
        y = dataset.y[chosen]
        chosen = chosen % len(dataset)
        start = dataset.ptr[chosen]
        sizes = dataset.ptr[chosen + 1] - start
        ptr = torch.cat([sizes.new_zeros(1), sizes.cumsum(0)])
        # No set is empty, so that every boundary is a step of the index. `repeat_interleave` would
        # start threads for these few, and wait longer for them than for all the rest.
        index = ptr.new_zeros(int(ptr[-1])).index_fill_(0, ptr[1:-1], 1).cumsum(0)
        rows = torch.arange(index.numel()) + (start - ptr[:-1])[index]
        return Batch(x=dataset.values[rows].view(-1, 1), y=y, batch=index, ptr=ptr)


class SetCollater:
    r"""Collates sets of :class:`IntegerSets`, the ``collate_fn`` of :meth:`IntegerSets.loader`.

    Args:
        shuffle_elements (bool): Whether to put the elements of every set in a random order.
        generator (torch.Generator, optional): Source of randomness. (default: PyTorch's own)
    """

    def __init__(self, shuffle_elements: bool, generator: torch.Generator | None = None) -> None:
        self.shuffle_elements, self.generator = shuffle_elements, generator

    def __call__(self, items: Sequence[Data]) -> Batch:
        """Makes one mini-batch of a selection, or of plain data objects."""
        if isinstance(items, SetSelection):
            batch = items.batch()
        else:
            batch = Batch.from_data_list(list(items))
        if self.shuffle_elements:
            # A worker holds a copy of the generator that never moves on between epochs; its own
            # default one is seeded anew each epoch, by the loader and from the same generator.
            generator = None if get_worker_info() is not None else self.generator
            batch.x = batch.x[random_order(batch.batch, generator)]
        return batch


def _check_arguments(
    task: str, num_sets: int, min_size: int, max_size: int, num_bits: int, k: int
) -> None:
    check_choice("task", task, _TASKS)
    if num_sets < 1:
        raise ValueError(f"'num_sets' must be at least 1 (got {num_sets})")
    if not 1 <= num_bits <= 32:
        raise ValueError(f"'num_bits' must be in 1 to 32 (got {num_bits})")
    if k < 1:
        raise ValueError(f"'k' must be at least 1 (got {k})")
    least = _TASKS[task].min_size(k)
    if min_size < least:
        raise ValueError(f"'min_size' must be at least {least} for '{task}' (got {min_size})")
    if max_size < min_size:
        raise ValueError(f"'max_size' must not be below 'min_size' (got {max_size} < {min_size})")
