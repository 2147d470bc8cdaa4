"""The interface of binary operators."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch_geometric.nn.inits import reset

from pyg_symm.utils import check_sizes


class CommutativeOperator(torch.nn.Module):
    r"""A learnable commutative operator :math:`a \oplus b` on rows of :obj:`channels` features.

    An operator may run its fold in another space: :meth:`lift` goes there, :meth:`merge` combines
    two operands there, and :meth:`lower` comes back,

    .. math::
        a \oplus b = \mathrm{lower}(\mathrm{merge}(\mathrm{lift}(a), \mathrm{lift}(b))),

    where :meth:`lower` undoes :meth:`lift`. A fold then needs both only once.

    Args:
        channels (int): Size of each operand.

    Attributes:
        associative (bool): Whether :math:`(a \oplus b) \oplus c = a \oplus (b \oplus c)` holds for
            every value of the parameters; the fold is then exactly permutation invariant.

    Shapes:
        - **input:** left operands :math:`(P, *, F)`, right operands :math:`(P, *, F)`
        - **output:** :math:`(P, *, F)`
    """

    associative = False

    def __init__(self, channels: int) -> None:
        super().__init__()
        check_sizes(1, channels=channels)
        self.channels = channels

    def reset_parameters(self) -> None:
        r"""Resets all learnable parameters of the module."""

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        """"""  # noqa: D419
        return self.lower(self.merge(self.lift(left), self.lift(right)))

    def lift(self, x: Tensor) -> Tensor:
        """Elements to the space in which they are merged."""
        return x

    def merge(self, left: Tensor, right: Tensor) -> Tensor:
        """Combines two operands that are lifted."""
        raise NotImplementedError(f"{self.__class__.__name__} does not define 'merge'")

    def lower(self, state: Tensor) -> Tensor:
        """The inverse of :meth:`lift`."""
        return state

    def extra_repr(self) -> str:
        return str(self.channels)


class CallableOperator(CommutativeOperator):
    r"""Any commutative function or module of two operands, as an operator.

    It is used unchanged. Wrap functions that do not commute in
    :class:`~pyg_symm.nn.aggr.SymmetricOperator`.

    Args:
        channels (int): Size of each operand.
        function (Callable): Maps two tensors of one shape to a tensor of that shape.
        associative (bool, optional): Whether the function is known to be associative.
            (default: :obj:`False`)
    """

    def __init__(
        self,
        channels: int,
        function: Callable[[Tensor, Tensor], Tensor],
        associative: bool = False,
    ) -> None:
        super().__init__(channels)
        self.function = function
        self.associative = associative

    def reset_parameters(self) -> None:
        reset(self.function)

    def merge(self, left: Tensor, right: Tensor) -> Tensor:
        return self.function(left, right)
