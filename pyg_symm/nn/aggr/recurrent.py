"""Recurrent aggregation without padding."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence
from torch_geometric.nn.aggr import Aggregation

from pyg_symm.utils import (
    check_choice,
    check_index,
    check_ptr,
    check_sizes,
    index_to_ptr,
    ptr_to_index,
    random_order,
    rank_within,
)

from .regularization import Regularized, relative_error

_MODES = {"gru": torch.nn.GRU, "lstm": torch.nn.LSTM}
_ORDERS = ("given", "random")


class RecurrentAggregation(Regularized, Aggregation):
    r"""Reads each set with a recurrent network and returns its last state.

    The sets are packed, not padded: work grows with the number of elements, and a set's result
    never depends on its neighbours in the batch, unlike that of
    :class:`torch_geometric.nn.aggr.GRUAggregation` and
    :class:`~torch_geometric.nn.aggr.LSTMAggregation`. Empty sets give zero.

    A recurrent network is not permutation invariant. With :obj:`invariance_weight`, training
    adds the subset-invariance penalty of `"Regularizing Towards Permutation Invariance in
    Recurrent Models" <https://arxiv.org/abs/2010.13055>`_: the states after a random prefix of
    each set, read in two orders, should agree.

    .. math::
        \mathcal{R} = \frac{\mathbb{E} \, \lVert h(\pi_1(\mathcal{S})) -
        h(\pi_2(\mathcal{S})) \rVert^2}{\mathbb{E} \, \lVert h(\mathcal{S}) \rVert^2}

    Args:
        mode (str): ``"gru"`` or ``"lstm"``.
        in_channels (int): Size of each input sample.
        out_channels (int): Size of each output sample.
        order (str, optional): ``"given"``, or ``"random"`` in training and as given in
            evaluation. (default: ``"given"``)
        invariance_weight (float, optional): Weight of the penalty that :meth:`regularization`
            returns after a training step. (default: :obj:`0.`)
        **kwargs (optional): Further arguments of :class:`torch.nn.GRU` or
            :class:`torch.nn.LSTM`, such as ``num_layers``.

    Raises:
        ValueError: If an argument is out of range.

    Shapes:
        - **input:** elements :math:`(*, E, F_{in})`, the set of each element :math:`(E)` in any
          order or boundaries :math:`(S + 1)`
        - **output:** sets :math:`(*, S, F_{out})`

    Examples:
        >>> aggr = RecurrentAggregation("gru", 16, 32)
        >>> aggr(torch.randn(5, 16), torch.tensor([0, 2, 0, 2, 2])).shape
        torch.Size([3, 32])
    """

    def __init__(
        self,
        mode: str,
        in_channels: int,
        out_channels: int,
        order: str = "given",
        invariance_weight: float = 0.0,
        **kwargs,
    ) -> None:
        super().__init__()
        check_choice("mode", mode, _MODES)
        check_sizes(1, in_channels=in_channels, out_channels=out_channels)
        check_choice("order", order, _ORDERS)
        if not invariance_weight >= 0:
            raise ValueError(f"'invariance_weight' must not be negative (got {invariance_weight})")
        for name in ("bidirectional", "proj_size", "batch_first"):
            if kwargs.get(name):
                raise ValueError(f"'{name}' is not supported (got {kwargs[name]})")
        self.mode = mode
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.order = order
        self.invariance_weight = invariance_weight
        # Named as in PyG's two classes, so that their checkpoints load.
        self.add_module(mode, _MODES[mode](int(in_channels), int(out_channels), **kwargs))

    def reset_parameters(self) -> None:
        getattr(self, self.mode).reset_parameters()

    def forward(
        self,
        x: Tensor,
        index: Tensor | None = None,
        ptr: Tensor | None = None,
        dim_size: int | None = None,
        dim: int = -2,
        max_num_elements: int | None = None,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        r"""Reads each set.

        Args:
            x (torch.Tensor): The elements; channels are last but for :obj:`dim`.
            index (torch.Tensor, optional): The set of each element.
            ptr (torch.Tensor, optional): Boundaries of contiguous sets, used in place of
                :obj:`index` if given.
            dim_size (int, optional): The number of sets.
            dim (int, optional): The dimension of the elements. (default: :obj:`-2`)
            max_num_elements (int, optional): Accepted for compatibility with PyG and ignored:
                nothing is padded.
            generator (torch.Generator, optional): Source of random orders.
        """
        num_elements = x.size(dim)
        x = x.movedim(dim, 0)
        if x.size(-1) != self.in_channels:
            raise ValueError(f"'x' must have {self.in_channels} channels (got {x.size(-1)})")
        if ptr is not None:
            check_ptr(ptr, num_elements, dim_size)
            ptr = ptr.long()
        else:
            assert index is not None  # The base class fills it in.
            if index.numel() != num_elements:
                raise ValueError(f"'index' has {index.numel()} entries for {num_elements} elements")
            ptr = index_to_ptr(index, check_index(index, dim_size))
            x = x[index.argsort(stable=True)]
        layout = _Layout.of(ptr, num_elements)
        if x.dim() > 2:
            slices = x.flatten(1, -2).unbind(1)
            out = torch.stack([self._read(s, layout, generator) for s in slices], dim=1)
            out = out.view(-1, *x.shape[1:-1], self.out_channels)
        else:
            out = self._read(x, layout, generator)
        return out.movedim(0, dim).contiguous()

    def _read(self, x: Tensor, layout: "_Layout", generator: torch.Generator | None) -> Tensor:
        out = x.new_zeros(layout.sizes.numel(), self.out_channels)
        if x.size(0) == 0:  # Still a function of the elements and the parameters.
            return out + sum(part[:0].sum() for part in (x, *self.parameters()))
        if self.order == "random" and self.training:
            x = x[random_order(layout.index, generator)]
        states = self._states(x, layout)
        if self.training and self.invariance_weight > 0:
            self._penalty = self.invariance_weight * self._difference(x, states, layout, generator)
        filled = (layout.sizes > 0).nonzero().view(-1)
        last = states[layout.position(layout.sizes - 1)[filled]]
        return out.to(last.dtype).index_copy(0, filled, last)

    def _states(self, x: Tensor, layout: "_Layout") -> Tensor:
        """The state after each element, in packed order."""
        rnn = getattr(self, self.mode)
        if torch._C._are_functorch_transforms_active():
            # `torch.func` takes no packed sequences. A state does not depend on what follows it,
            # so padding behind the sets changes nothing.
            out = rnn(torch.cat([x, x.new_zeros(1, x.size(-1))])[layout.padded])[0]
            return out[layout.place, layout.index][layout.order]
        return rnn(PackedSequence(x[layout.order], layout.batch_sizes))[0].data

    def _difference(
        self, x: Tensor, states: Tensor, layout: "_Layout", generator: torch.Generator | None
    ) -> Tensor:
        """The penalty: shuffle a random prefix of each set and look at the state behind it."""
        device = x.device if generator is None else generator.device
        draw = torch.rand(layout.sizes.numel(), generator=generator, device=device).to(x.device)
        last = (draw * layout.sizes).long().clamp(max=layout.sizes - 1)
        behind = layout.place > last[layout.index]
        other = self._states(x[random_order(2 * layout.index + behind, generator)], layout)
        here = layout.position(last)[layout.sizes > 0]
        return relative_error(states[here], other[here])

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}('{self.mode}', {self.in_channels}, {self.out_channels})"


@dataclass(frozen=True)
class _Layout:
    """Elements by their place in the set, longer sets first: the layout of a packed sequence."""

    sizes: Tensor  # Of each set.
    index: Tensor  # The set of each element,
    place: Tensor  # and its place therein.
    order: Tensor  # Elements in packed order.
    batch_sizes: Tensor  # How many sets have an element at each place; on the CPU.
    first: Tensor  # Where each place starts in packed order.
    rank: Tensor  # Of each set, by falling size.

    @classmethod
    def of(cls, ptr: Tensor, num_elements: int) -> "_Layout":
        sizes = ptr.diff()
        index = ptr_to_index(ptr, num_elements)
        place = rank_within(index, ptr)
        rank = torch.empty_like(sizes)
        rank[sizes.argsort(descending=True, stable=True)] = torch.arange(
            sizes.numel(), device=ptr.device
        )
        batch_sizes = torch.bincount(place)
        first = batch_sizes.cumsum(0) - batch_sizes
        order = torch.empty_like(place)
        order[first[place] + rank[index]] = torch.arange(num_elements, device=ptr.device)
        return cls(sizes, index, place, order, batch_sizes.cpu(), first, rank)

    @property
    def padded(self) -> Tensor:
        """The element of each place and set; one behind the last where there is none."""
        num_elements = self.index.numel()
        out = self.index.new_full((self.batch_sizes.numel(), self.sizes.numel()), num_elements)
        out[self.place, self.index] = torch.arange(num_elements, device=out.device)
        return out

    def position(self, place: Tensor) -> Tensor:
        """Where the element of each set at a place stands in packed order."""
        return self.first[place] + self.rank
