"""The equivariant linear layer from features of one order to features of one order."""

from typing import cast

import torch
from torch import Tensor

from pyg_symm.utils import TuplePlan, check_sizes

from .mixed_order_linear import Channels, MixedOrderLinear


class EquivariantLinear(torch.nn.Module):
    r"""The complete linear layer between tensors over ragged node sets that commutes with every
    permutation of each set's nodes, from the `"Invariant and Equivariant Graph Networks"
    <https://arxiv.org/abs/1812.09902>`_ paper.

    .. math::
        \mathbf{Y} = \mathbf{b} + \sum_{\pi} B^{\pi} \mathbf{X} \mathbf{W}_{\pi}

    There are 15 maps :math:`B^{\pi}` from order 2 to order 2, 5 between orders 1 and 2, 2 from
    order 1 to 1 and between orders 0 and 2, and 1 otherwise, see
    :func:`~pyg_symm.groups.equivariant_basis`. Sets may have any sizes; nothing is padded.

    Args:
        in_channels (int): Size of each input sample.
        out_channels (int): Size of each output sample.
        in_order (int): Order of the input: 0 for one row a set, 1 for one a node, 2 for one an
            ordered pair of nodes of one set.
        out_order (int): Order of the output.
        bias (bool, optional): Learn an additive bias, for order 2 another on the diagonal.
            (default: :obj:`True`)
        aggr (str, optional): ``"mean"`` divides every sum over nodes by their number, ``"sum"``
            does not. (default: ``"mean"``)

    Raises:
        ValueError: If an argument is out of range.

    Shapes:
        - **input:** :math:`(\sum_s m_s^p, F_{in})`, boundaries :math:`(S + 1)` of the node sets;
          pairs set by set, row-major
        - **output:** :math:`(\sum_s m_s^q, F_{out})`

    Examples:
        >>> lin = EquivariantLinear(16, 32, in_order=2, out_order=1)
        >>> ptr = torch.tensor([0, 2, 5])  # A set of two nodes and one of three: 4 + 9 pairs.
        >>> lin(torch.randn(13, 16), ptr).shape
        torch.Size([5, 32])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        in_order: int,
        out_order: int,
        bias: bool = True,
        aggr: str = "mean",
    ) -> None:
        super().__init__()
        check_sizes(1, in_channels=in_channels, out_channels=out_channels)
        self.in_channels, self.out_channels = in_channels, out_channels
        self.in_order, self.out_order = in_order, out_order
        self.lin = MixedOrderLinear(
            _at_order("in_order", in_order, in_channels),
            _at_order("out_order", out_order, out_channels),
            bias,
            aggr,
        )

    def reset_parameters(self) -> None:
        self.lin.reset_parameters()

    def forward(
        self, x: Tensor, ptr: Tensor | None = None, plan: TuplePlan | None = None
    ) -> Tensor:
        r"""Maps the features of all sets at once.

        Args:
            x (torch.Tensor): Features of order :obj:`in_order`.
            ptr (torch.Tensor, optional): Boundaries of the node sets :math:`(S + 1)`.
            plan (TuplePlan, optional): The plan of :obj:`ptr`, in its place.
        """
        if plan is None:
            if ptr is None:
                raise ValueError("one of 'ptr' and 'plan' must be given (got None)")
            plan = TuplePlan.from_ptr(ptr)
        elif ptr is not None and ptr.numel() != plan.num_sets + 1:
            raise ValueError(f"'ptr' has {ptr.numel() - 1} sets, but 'plan' has {plan.num_sets}")
        xs: list[Tensor | None] = [None, None, None]
        xs[self.in_order] = x
        out = self.lin((xs[0], xs[1], xs[2]), plan)[self.out_order]
        return cast(Tensor, out)

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}({self.in_channels}, {self.out_channels}, "
            f"in_order={self.in_order}, out_order={self.out_order})"
        )


def _at_order(name: str, order: int, channels: int) -> Channels:
    if order not in (0, 1, 2):
        raise ValueError(f"'{name}' must be 0, 1 or 2 (got {order})")
    return cast(Channels, tuple(channels if q == order else 0 for q in range(3)))
