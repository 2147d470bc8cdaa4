"""Learnable commutative monoid aggregation."""

from typing import Any

import torch
from torch import Tensor
from torch_geometric.nn.aggr import Aggregation
from torch_geometric.nn.resolver import activation_resolver

from pyg_symm.utils import check_choice, check_sizes, ptr_to_index, random_order

from .operators import CommutativeOperator, GRUOperator, OperatorLike, operator_resolver
from .order import sorted_order
from .plan_cache import build_plan, cached_plan
from .regularization import Regularized, associativity_loss, sample_nodes
from .tree import tree_reduce
from .tree_plan import TreePlan

_ORDERS = ("given", "random", "sorted")
_EMPTY = ("zero", "learned")


class LCMAggregation(Regularized, Aggregation):
    r"""The learnable commutative monoid aggregation of the `"Learnable Commutative Monoids for
    Graph Neural Networks" <https://arxiv.org/abs/2212.08541>`_ paper.

    .. math::
        \mathrm{LCM}(\mathcal{X}) = \mathbf{x}_1 \oplus \mathbf{x}_2 \oplus \cdots \oplus
        \mathbf{x}_d, \qquad \mathrm{LCM}(\emptyset) = \mathbf{e}

    folded in a balanced tree of depth :math:`\lceil \log_2 d \rceil` with a learned commutative
    operator. Sets are ragged: a set's result never depends on its neighbours in the batch, unlike
    that of :class:`torch_geometric.nn.aggr.LCMAggregation`, whose first arguments, defaults and
    ``state_dict`` this class shares. On sets of one size the two agree.

    Args:
        in_channels (int): Size of each input sample.
        out_channels (int): Size of each output sample.
        project (bool, optional): Apply a linear layer and :obj:`act` to the elements first.
            (default: :obj:`True`)
        op (str or Callable, optional): The operator :math:`\oplus`:
            ``"gru"`` (:class:`GRUOperator`), ``"sym"`` (:class:`SymmetricOperator`, needs
            ``module=``), ``"mlp"`` (:class:`MLPOperator`); the exactly associative ``"lse"``
            (:class:`LogSumExpOperator`), ``"topk"`` (:class:`TopKOperator`), ``"flow"``
            (:class:`FlowOperator`) and ``"product"`` (:class:`ProductOperator`), with which the
            aggregation is exactly permutation invariant; or a commutative function or module.
            (default: ``"gru"``)
        order (str, optional): The order in which the elements of a set are folded: ``"given"``;
            ``"random"``, which is random in training and given in evaluation; or ``"sorted"`` by
            value, which is exactly permutation invariant with every operator. (default:
            ``"given"``)
        num_orders (int, optional): With ``order="random"``, average over that many random orders
            in evaluation; ``0`` takes the given order. (default: ``0``)
        empty (str, optional): The value :math:`\mathbf{e}` of empty sets, ``"zero"`` or
            ``"learned"``. (default: ``"zero"``)
        assoc_weight (float, optional): Weight of the associativity loss that
            :meth:`regularization` returns after a training step. (default: :obj:`0.`)
        num_triples (int, optional): Triples of tree nodes that the loss looks at.
            (default: :obj:`256`)
        cached (bool, optional): Share plans between layers and epochs as long as the index tensor
            stays as it is, see :func:`cached_plan`. (default: :obj:`False`)
        checkpoint_levels (bool, optional): Store only the operands of each level and recompute the
            rest in the backward pass. (default: :obj:`False`)
        act (str or Callable, optional): The activation behind the projection.
            (default: ``"relu"``)
        **op_kwargs (optional): Arguments of the named operator.

    Raises:
        ValueError: If an argument is out of range.

    Shapes:
        - **input:** elements :math:`(*, E, F_{in})`, the set of each element :math:`(E)` in any
          order or boundaries :math:`(S + 1)`
        - **output:** sets :math:`(*, S, F_{out})`

    Examples:
        >>> aggr = LCMAggregation(16, 32)
        >>> aggr
        LCMAggregation(16, 32, project=True, op=GRUOperator(32))
        >>> aggr(torch.randn(5, 16), torch.tensor([0, 2, 0, 2, 2])).shape
        torch.Size([3, 32])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        project: bool = True,
        op: OperatorLike = "gru",
        order: str = "given",
        num_orders: int = 0,
        empty: str = "zero",
        assoc_weight: float = 0.0,
        num_triples: int = 256,
        cached: bool = False,
        checkpoint_levels: bool = False,
        act: Any = "relu",
        **op_kwargs: Any,
    ) -> None:
        super().__init__()
        check_sizes(1, in_channels=in_channels, out_channels=out_channels, num_triples=num_triples)
        check_sizes(0, num_orders=num_orders)
        if in_channels != out_channels and not project:
            raise ValueError(
                f"'project' must be True if 'in_channels' ({in_channels}) and 'out_channels' "
                f"({out_channels}) differ (got {project})"
            )
        check_choice("order", order, _ORDERS)
        check_choice("empty", empty, _EMPTY)
        if not assoc_weight >= 0:
            raise ValueError(f"'assoc_weight' must not be negative (got {assoc_weight})")

        self.in_channels = in_channels
        self.out_channels = out_channels
        self.project = project
        self.order = order
        self.num_orders = num_orders
        self.assoc_weight = assoc_weight
        self.num_triples = num_triples
        self.cached = cached
        self.checkpoint_levels = checkpoint_levels

        self.lin = torch.nn.Linear(in_channels, out_channels) if project else None
        self.act = activation_resolver(act) if project else None
        operator = operator_resolver(op, out_channels, **op_kwargs)
        # PyG's name for its only operator, so that checkpoints fit both ways.
        self._op_name = "gru_cell" if isinstance(operator, GRUOperator) else "operator"
        self.add_module(self._op_name, operator)
        if empty == "learned":
            self.identity = torch.nn.Parameter(torch.zeros(out_channels))
        else:
            self.register_parameter("identity", None)

    @property
    def op(self) -> CommutativeOperator:
        r"""The operator :math:`\oplus`."""
        return getattr(self, self._op_name)

    def reset_parameters(self) -> None:
        if self.lin is not None:
            self.lin.reset_parameters()
        self.op.reset_parameters()
        if self.identity is not None:
            torch.nn.init.zeros_(self.identity)

    def __call__(
        self, x: Tensor, *args: Any, plan: TreePlan | None = None, **kwargs: Any
    ) -> Tensor:
        if plan is None:
            return super().__call__(x, *args, **kwargs)
        # A plan describes the sets completely: nothing is read from a device.
        return torch.nn.Module.__call__(self, x, *args, plan=plan, **kwargs)

    def forward(
        self,
        x: Tensor,
        index: Tensor | None = None,
        ptr: Tensor | None = None,
        dim_size: int | None = None,
        dim: int = -2,
        max_num_elements: int | None = None,
        plan: TreePlan | None = None,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        r"""Folds each set.

        Args:
            x (torch.Tensor): The elements; channels are last but for :obj:`dim`.
            index (torch.Tensor, optional): The set of each element.
            ptr (torch.Tensor, optional): Boundaries of contiguous sets, used in place of
                :obj:`index` if given.
            dim_size (int, optional): The number of sets.
            dim (int, optional): The dimension of the elements. (default: :obj:`-2`)
            max_num_elements (int, optional): Accepted for compatibility with PyG and ignored:
                nothing is padded.
            plan (TreePlan, optional): The trees, in place of :obj:`index` and :obj:`ptr`; needed
                inside :func:`torch.compile`, which recompiles for every plan: compile for a fixed
                graph only. ``order="sorted"`` cannot be compiled with ``fullgraph=True``.
            generator (torch.Generator, optional): Source of random orders and triples.
        """
        if plan is None:
            plan = (cached_plan if self.cached else build_plan)(index, ptr, dim_size)
        else:
            plan.check(index, ptr, dim_size)
        if x.size(dim) != plan.num_elements:
            raise ValueError(
                f"'x' has {x.size(dim)} elements in dimension {dim}, but the sets have "
                f"{plan.num_elements}"
            )
        x = x.movedim(dim, 0)
        if x.size(-1) != self.in_channels:
            raise ValueError(f"'x' must have {self.in_channels} channels (got {x.size(-1)})")
        if self.lin is not None and self.act is not None:
            if not x.is_floating_point():
                raise ValueError(f"'x' must hold floating-point numbers (got {x.dtype})")
            x = self.act(self.lin(x))
        return self._fold(x, plan, generator).movedim(0, dim).contiguous()

    def _fold(self, x: Tensor, plan: TreePlan, generator: torch.Generator | None) -> Tensor:
        if x.dim() > 2 and self.order == "sorted":  # Each slice has an order of its own.
            return torch.stack([self._fold(s, plan, generator) for s in x.unbind(1)], dim=1)
        if self.order == "random" and not self.training and self.num_orders > 0:
            plans = (self._shuffled(plan, generator) for _ in range(self.num_orders))
            return torch.stack([self._reduce(x, plan) for plan in plans]).mean(dim=0)
        if self.order == "random" and self.training:
            plan = self._shuffled(plan, generator)
        elif self.order == "sorted":
            index = ptr_to_index(plan.ptr, plan.num_elements)
            plan = plan.reorder(sorted_order(x[plan.rows], index))
        return self._reduce(x, plan, generator)

    def _shuffled(self, plan: TreePlan, generator: torch.Generator | None) -> TreePlan:
        return plan.reorder(random_order(ptr_to_index(plan.ptr, plan.num_elements), generator))

    def _reduce(
        self, x: Tensor, plan: TreePlan, generator: torch.Generator | None = None
    ) -> Tensor:
        op = self.op
        state = op.lift(x)
        penalise = self.training and self.assoc_weight > 0
        trace = [state] if penalise and not op.associative else None
        out = tree_reduce(
            state, plan, op.merge, checkpoint_levels=self.checkpoint_levels, trace=trace
        )
        out = op.lower(out)
        if plan.num_empty > 0:
            filled = (plan.ptr.diff() > 0).view(-1, *[1] * (out.dim() - 1))
            identity = out.new_zeros(()) if self.identity is None else self.identity.to(out.dtype)
            out = torch.where(filled, out, identity)
        if trace is not None and plan.num_elements > 0:
            nodes = sample_nodes(trace, 3 * self.num_triples, generator)
            self._penalty = self.assoc_weight * associativity_loss(
                op.merge, nodes, self.num_triples, generator
            )
        return out

    @torch.no_grad()
    def associativity_error(
        self, x: Tensor, num_triples: int = 1024, generator: torch.Generator | None = None
    ) -> float:
        r"""Measures how far the operator is from associative on given elements.

        .. math::
            \frac{\lVert (a \oplus b) \oplus c - a \oplus (b \oplus c) \rVert}
                 {\lVert (a \oplus b) \oplus c \rVert}

        as a root mean square over random triples of projected elements.

        Args:
            x (torch.Tensor): Elements :math:`(N, F_{in})`.
            num_triples (int, optional): The number of triples. (default: :obj:`1024`)
            generator (torch.Generator, optional): Source of randomness.
        """
        if self.lin is not None and self.act is not None:
            x = self.act(self.lin(x))
        return associativity_loss(self.op, x, num_triples, generator).sqrt().item()

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}({self.in_channels}, {self.out_channels}, "
            f"project={self.project}, op={self.op})"
        )
