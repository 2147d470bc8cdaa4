"""Aggregation of subsets together with the sets that they were taken from."""

import torch
from torch import Tensor
from torch_geometric.nn.aggr import Aggregation
from torch_geometric.nn.resolver import aggregation_resolver

from pyg_symm.utils import check_index, check_sizes


class SupersetAggregation(Aggregation):
    r"""Aggregates a subset together with its superset, from the `"Enhancing Neural Subset
    Selection: Integrating Background Information into Set Representations"
    <https://arxiv.org/abs/2402.03139>`_ paper.

    .. math::
        \mathbf{h}_{S, V} = \mathbf{W}_1 \sum_{i \in S} \mathbf{x}_i +
        \mathbf{W}_2 \, \mathrm{AGGR}_{i \in V} \, \mathbf{x}_i + \mathbf{b}

    This is a linear map of the concatenation of both. A function of the subset that is to depend on
    the superset needs a non-linear layer behind it: in differences of values of two subsets of one
    set, what is added last cancels.

    Args:
        in_channels (int): Channels of elements.
        out_channels (int): Channels of subsets.
        superset_aggr (str or Aggregation, optional): The aggregation of the superset; it keeps the
            number of channels. Without it, the subset alone counts. (default: ``"mean"``)

    Shapes:
        - **input:** elements :math:`(N, F)`, the set of each element :math:`(N)`, ``mask``, the
          membership of each element in the subset, boolean or in :math:`[0, 1]`, :math:`(N)`, or
          of :math:`M` subsets of each set :math:`(M, N)`
        - **output:** subsets :math:`(B, F')` or :math:`(M, B, F')`

    Examples:
        >>> aggr = SupersetAggregation(4, 8)
        >>> x, index = torch.randn(5, 4), torch.tensor([0, 0, 1, 1, 1])
        >>> aggr(x, index, mask=torch.tensor([True, False, True, True, False])).shape
        torch.Size([2, 8])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        superset_aggr: str | Aggregation | None = "mean",
    ) -> None:
        super().__init__()
        check_sizes(1, in_channels=in_channels, out_channels=out_channels)
        self.in_channels, self.out_channels = in_channels, out_channels
        self.lin_subset = torch.nn.Linear(in_channels, out_channels)
        self.superset_aggr: Aggregation | None = None
        self.lin_superset: torch.nn.Linear | None = None
        if superset_aggr is not None:
            self.superset_aggr = aggregation_resolver(superset_aggr)
            self.lin_superset = torch.nn.Linear(in_channels, out_channels, bias=False)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        self.lin_subset.reset_parameters()
        if self.lin_superset is not None:
            self.lin_superset.reset_parameters()
        if self.superset_aggr is not None:
            self.superset_aggr.reset_parameters()

    def forward(
        self,
        x: Tensor,
        index: Tensor | None = None,
        ptr: Tensor | None = None,
        dim_size: int | None = None,
        dim: int = -2,
        *,
        mask: Tensor,
    ) -> Tensor:
        """Subsets, from the membership ``mask`` of elements in them."""
        if mask.dim() not in (1, 2) or mask.size(-1) != x.size(dim):
            raise ValueError(
                f"'mask' must have shape [{x.size(dim)}] or [M, {x.size(dim)}] "
                f"(got {list(mask.shape)})"
            )
        total = self.subset_sum(x, mask, index, ptr, dim_size, dim)
        return self.lin_subset(total) + self.context(x, index, ptr, dim_size, dim)

    def subset_sum(
        self,
        x: Tensor,
        mask: Tensor,
        index: Tensor | None = None,
        ptr: Tensor | None = None,
        dim_size: int | None = None,
        dim: int = -2,
    ) -> Tensor:
        r"""The sums of the elements of subsets :math:`(B, F)` or :math:`(M, B, F)`."""
        sparse = mask.dtype == torch.bool and mask.dim() == x.dim() == 2 and index is not None
        # Sparse tensors are not compiled.
        if sparse and index is not None and not torch.compiler.is_compiling():
            return _sparse_sum(x, mask, index, dim_size)
        part = x * mask.to(x.dtype).unsqueeze(-1)
        return self.reduce(part, index, ptr, dim_size, dim, reduce="sum")

    def context(
        self,
        x: Tensor,
        index: Tensor | None = None,
        ptr: Tensor | None = None,
        dim_size: int | None = None,
        dim: int = -2,
    ) -> Tensor:
        r"""The contribution of the superset :math:`(B, F')`, or zero."""
        if self.superset_aggr is None or self.lin_superset is None:
            return x.new_zeros(())
        return self.lin_superset(self.superset_aggr(x, index, ptr, dim_size, dim))

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self.in_channels}, {self.out_channels}, "
            f"superset_aggr={self.superset_aggr})"
        )


def _sparse_sum(x: Tensor, mask: Tensor, index: Tensor, dim_size: int | None) -> Tensor:
    """Sums of members as a product with a sparse matrix: no copy of ``x`` for each subset."""
    dim_size = check_index(index, dim_size)  # A wrong set would count in another subset.
    subset, element = mask.nonzero(as_tuple=True)
    place = torch.stack([subset * dim_size + index[element], element])
    size = (mask.size(0) * dim_size, x.size(0))
    ones = x.new_ones(element.numel())
    matrix = torch.sparse_coo_tensor(place, ones, size, check_invariants=False)
    return torch.sparse.mm(matrix, x).unflatten(0, (mask.size(0), dim_size))
