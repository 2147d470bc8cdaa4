"""Bounded interventions on mutable variables, many at once."""

import copy
from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor

from .structure import Setting, StructuralModel


class BoundedInterventions:
    r"""Deterministic mechanisms that replace the mutable ones, within the range of the data:

    .. math::
        J_j(\mathrm{pa}_j) = m_j + h_j \tanh(\mathrm{net}_j(\mathrm{pa}_j))

    Without bounds the worst-case risk is infinite in general. Networks have one hidden layer, and
    start at random. Each of :math:`K` restarts has one start, which all :math:`C` classes share.

    Args:
        model (StructuralModel): The variables.
        shift_budget (float): The half width :math:`h_j`, in units of half the observed range.
        restarts (int): The number of restarts :math:`K`.
        classes (int): The number of predictors :math:`C`.
        generator (torch.Generator): Draws the starts.
        hidden (int, optional): The number of hidden units. (default: :obj:`8`)
    """

    def __init__(
        self,
        model: StructuralModel,
        shift_budget: float,
        restarts: int,
        classes: int,
        generator: torch.Generator,
        hidden: int = 8,
    ) -> None:
        self.model = model
        self.centre: dict[int, Tensor] = {}
        self.half: dict[int, Tensor] = {}
        self.nets: dict[int, list[Tensor]] = {}
        for column in model.mutable:
            least, most = model.values[:, column].aminmax()
            self.centre[column] = (least + most) / 2
            self.half[column] = shift_budget * (most - least) / 2
            start = self.initial(restarts, len(model.parents[column]), hidden, generator)
            self.nets[column] = [
                value.to(model.values.dtype).repeat_interleave(classes, 0).requires_grad_()
                for value in start
            ]

    def initial(
        self, restarts: int, inputs: int, hidden: int, generator: torch.Generator
    ) -> list[Tensor]:
        """Weights and shifts of the hidden layer, then of the output, for each restart.

        Outputs start near the middle of the range: a saturated mechanism has no gradient.
        """
        sizes = [(inputs, hidden), (1, hidden), (hidden, 1), (1, 1)]
        scales = [2.0, 2.0, 0.3 / hidden**0.5, 0.5]
        return [
            scale * torch.randn(restarts, *size, generator=generator)
            for scale, size in zip(scales, sizes, strict=True)
        ]

    def pick(self, index: int) -> "BoundedInterventions":
        """One of the interventions, which can no longer be trained."""
        one = copy.copy(self)
        one.nets = {j: [v[index : index + 1].detach() for v in n] for j, n in self.nets.items()}
        return one

    def parameters(self) -> Sequence[Tensor]:
        """What an optimiser trains."""
        return [value for net in self.nets.values() for value in net]

    def settings(self) -> dict[int, Setting]:
        """The mechanism of each mutable column; number :math:`k C + c` is of restart and class."""
        return {column: partial(self.mechanism, column) for column in self.nets}

    def mechanism(self, column: int, parents: Tensor) -> Tensor:
        """Values :math:`(K C, n)` of a column, from those of its parents."""
        weight, shift, out, bias = self.nets[column]
        # Without parents the mechanism is a constant.
        hidden = torch.tanh(parents @ weight + shift) if parents.size(-1) else weight.new_zeros(())
        value = (hidden @ out if parents.size(-1) else hidden) + bias
        bounded = self.centre[column] + self.half[column] * torch.tanh(value.squeeze(-1))
        return bounded.expand(-1, parents.size(-2))
