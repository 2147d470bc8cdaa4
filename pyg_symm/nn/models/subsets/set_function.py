"""Values of subsets, and what each element adds to them."""

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint
from torch_geometric.nn.aggr import Aggregation
from torch_geometric.utils import to_dense_batch

from pyg_symm.nn.aggr.superset import SupersetAggregation
from pyg_symm.utils import check_sizes


class SetFunction(torch.nn.Module):
    r"""The value of a subset within its superset, :math:`F(S; V)`.

    .. math::
        F(S; V) = \mathbf{w}^{\top} \sigma (\mathbf{W} \, \sigma (\mathbf{h}_{S, V}) + \mathbf{b})

    with :math:`\mathbf{h}_{S, V}` of :class:`~pyg_symm.nn.aggr.SupersetAggregation`, and ReLU as
    :math:`\sigma`.

    Args:
        in_channels (int): Channels of elements.
        hidden_channels (int): The width of both hidden layers.
        superset_aggr (str or Aggregation, optional): The aggregation of the superset. Without it,
            values do not depend on the superset. (default: ``"mean"``)
        chunk_size (int, optional): How many pairs of a subset and an element are evaluated at once
            in :meth:`gains`; with gradients, chunks are evaluated again in the backward pass.
            (default: all)
    """

    def __init__(
        self,
        in_channels: int,
        hidden_channels: int,
        superset_aggr: str | Aggregation | None = "mean",
        chunk_size: int | None = None,
    ) -> None:
        super().__init__()
        if chunk_size is not None:
            check_sizes(1, chunk_size=chunk_size)
        self.aggr = SupersetAggregation(in_channels, hidden_channels, superset_aggr)
        self.lin = torch.nn.Linear(hidden_channels, hidden_channels)
        # Without a bias, since only differences of values count.
        self.out = torch.nn.Linear(hidden_channels, 1, bias=False)
        self.chunk_size = chunk_size
        self.reset_parameters()

    def reset_parameters(self) -> None:
        self.aggr.reset_parameters()
        self.lin.reset_parameters()
        self.out.reset_parameters()

    def forward(self, h: Tensor, mask: Tensor, index: Tensor, dim_size: int) -> Tensor:
        r"""Values of subsets.

        Args:
            h (torch.Tensor): Elements :math:`(N, F)`.
            mask (torch.Tensor): Membership of the elements :math:`(N)` or :math:`(M, N)`.
            index (torch.Tensor): The set of each element :math:`(N)`.
            dim_size (int): The number of sets :math:`B`.

        Returns:
            torch.Tensor: Values :math:`(B)` or :math:`(M, B)`.
        """
        return self.read(self.aggr(h, index, dim_size=dim_size, mask=mask))

    def read(self, hidden: Tensor) -> Tensor:
        """Values, from the aggregated elements."""
        return self.out(self.lin(hidden.relu()).relu()).squeeze(-1)

    def gains(
        self,
        h: Tensor,
        mask: Tensor,
        index: Tensor,
        dim_size: int,
        wanted: Tensor | None = None,
    ) -> Tensor:
        r"""The contribution of each element, :math:`F(S \cup \{i\}) - F(S \setminus \{i\})`.

        A subset differs from each of its neighbours in one element, so that the first layer is an
        addition. Boolean subsets need one value for themselves and one for each element, fractional
        ones two for each element.

        Args:
            h (torch.Tensor): Elements :math:`(N, F)`.
            mask (torch.Tensor): Membership of the elements, boolean or in :math:`[0, 1]`,
                :math:`(M, N)`.
            index (torch.Tensor): The set of each element :math:`(N)`.
            dim_size (int): The number of sets.
            wanted (torch.Tensor, optional): Numbers of the elements to evaluate :math:`(W)`.
                (default: all)

        Returns:
            torch.Tensor: Gains :math:`(M, N)`, or :math:`(M, W)`.
        """
        hidden = self.aggr(h, index, dim_size=dim_size, mask=mask)
        if wanted is not None:
            h, mask, index = h[wanted], mask[:, wanted], index[wanted]
        members = h @ self.aggr.lin_subset.weight.t()
        part = mask.to(h.dtype)
        if mask.dtype == torch.bool:
            sign = 1 - 2 * part
            toggled = self._moved(hidden, members, sign, index)
            return sign * (toggled - self.read(hidden)[:, index])
        added = self._moved(hidden, members, 1 - part, index)
        return added - self._moved(hidden, members, -part, index)

    def independent_gains(self, h: Tensor, masks: Tensor, index: Tensor, dim_size: int) -> Tensor:
        r"""The same, with separate subsets for each element, as published.

        Sets are padded to the largest: memory grows with the square of its size.

        Args:
            h (torch.Tensor): Elements :math:`(N, F)`.
            masks (torch.Tensor): For each element of each padded set a subset
                :math:`(B, N', N')`.
            index (torch.Tensor): The set of each element :math:`(N)`, sorted.
            dim_size (int): The number of sets.

        Returns:
            torch.Tensor: Gains :math:`(N)`.
        """
        members = h @ self.aggr.lin_subset.weight.t()
        members, real = to_dense_batch(members, index, batch_size=dim_size)
        context = self.aggr.context(h, index, dim_size=dim_size) + self.aggr.lin_subset.bias
        others = masks.to(h.dtype) * real.unsqueeze(1)
        others = others * (1 - torch.eye(members.size(1), dtype=h.dtype, device=h.device))
        without = others @ members + context.view(-1, 1, context.size(-1))
        return (self.read(without + members) - self.read(without))[real]

    def _moved(self, hidden: Tensor, members: Tensor, step: Tensor, index: Tensor) -> Tensor:
        """Values of the subsets after a step by each of the elements alone :math:`(M, N)`."""
        if self.chunk_size is None:
            return self._moved_part(hidden, members, step, index)
        num = max(1, self.chunk_size // max(1, step.size(0)))
        parts = [
            checkpoint(self._moved_part, hidden, *part, use_reentrant=False)
            for part in zip(
                members.split(num), step.split(num, dim=1), index.split(num), strict=True
            )
        ]
        return torch.cat(parts, dim=1)

    def _moved_part(self, hidden: Tensor, members: Tensor, step: Tensor, index: Tensor) -> Tensor:
        return self.read(torch.addcmul(hidden[:, index], step.unsqueeze(-1), members))
