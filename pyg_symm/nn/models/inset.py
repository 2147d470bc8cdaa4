"""Selection of subsets."""

from typing import Any

import torch
from torch import Tensor
from torch_geometric.nn.aggr import Aggregation

from pyg_symm.utils import check_choice, check_sizes

from .subsets import (
    ElementNoise,
    Elements,
    MeanField,
    RecognitionNetwork,
    SetFunction,
    SubsetSelector,
)
from .subsets.checks import check_labels, check_probabilities

INFERENCE = ("diffmf", "independent", "copula")


class INSET(SubsetSelector):
    r"""Selects a subset of each set, from the `"Enhancing Neural Subset Selection: Integrating
    Background Information into Set Representations" <https://arxiv.org/abs/2402.03139>`_ paper.

    The network learns the value :math:`F(S; V)` of a subset :math:`S` of a set :math:`V` from
    examples of optimal subsets. It gives each element a probability to be in the optimal one, by
    mean-field inference in :math:`p(S \mid V) \propto \exp F(S; V)`:

    .. math::
        q_i \leftarrow \mathrm{sigmoid} \; \mathbb{E}_{S \sim q}
        \left[ F(S \cup \{i\}; V) - F(S \setminus \{i\}; V) \right]

    With ``superset=False``, values depend on the subset alone: this is EquiVSet, from the
    `"Learning Neural Set Functions Under the Optimal Subset Oracle"
    <https://arxiv.org/abs/2203.01693>`_ paper.

    All elements of a set share the subsets that estimate the expectation. This is unbiased, since
    the bracket does not depend on whether :math:`i` is in :math:`S`, and work and memory are linear
    in the number of elements. In training, subsets are drawn with PyTorch's generator, as dropout
    is. In evaluation they depend on the set alone: probabilities are deterministic, follow the
    elements when a set is reordered, and do not depend on the other sets of a batch.

    Args:
        in_channels (int): Features of an element.
        hidden_channels (int, optional): Channels of elements; hidden layers of the value are twice
            as wide. (default: :obj:`256`)
        encoder (torch.nn.Module, optional): From ``x`` to elements :math:`(N,)`
            ``hidden_channels``, such as a network on images or graphs. (default: two linear maps
            with a ReLU between; the published one for vectors is ``torch.nn.Linear``)
        superset (bool, optional): If set to :obj:`False`, values do not depend on the superset.
            (default: :obj:`True`)
        inference (str, optional): Where :math:`q` begins, and how elements are correlated.
            ``"diffmf"`` begins at one half, ``"independent"`` and ``"copula"`` at the guess of a
            second network, which is trained along. Samples of ``"copula"`` are correlated.
            (default: ``"diffmf"``)
        num_samples (int, optional): Subsets that an expectation is estimated with.
            (default: :obj:`5`)
        num_steps (int, optional): Updates of :math:`q`. (default: :obj:`1`)
        superset_aggr (str or Aggregation, optional): The aggregation of the superset.
            (default: ``"mean"``)
        implicit (bool, optional): If set to :obj:`True`, updates :math:`q` until it stands still,
            and differentiates the fixed point. Fractional memberships then take the place of drawn
            subsets, and ``num_steps`` and ``num_samples`` do not count. (default: :obj:`False`)
        chunk_size (int, optional): How many pairs of a subset and an element are evaluated at once.
            A set need not fit into memory with all of them. (default: all)

    Raises:
        ValueError: If an argument is out of range.

    Shapes:
        - **input:** features :math:`(N, F)`, the set of each element :math:`(N)`
        - **output:** probabilities :math:`(N)`

    Examples:
        >>> model = INSET(4, 32)
        >>> x, batch = torch.randn(5, 4), torch.tensor([0, 0, 1, 1, 1])
        >>> model(x, batch).shape
        torch.Size([5])
        >>> model.predict(x, batch, k=1).sum()
        tensor(2)
    """

    def __init__(
        self,
        in_channels: int,
        hidden_channels: int = 256,
        *,
        encoder: torch.nn.Module | None = None,
        superset: bool = True,
        inference: str = "diffmf",
        num_samples: int = 5,
        num_steps: int = 1,
        superset_aggr: str | Aggregation = "mean",
        implicit: bool = False,
        chunk_size: int | None = None,
    ) -> None:
        super().__init__(in_channels, hidden_channels, encoder)
        check_choice("inference", inference, INFERENCE)
        check_sizes(1, num_samples=num_samples, num_steps=num_steps)
        self.superset, self.inference, self.num_samples = superset, inference, num_samples
        wide, pool = 2 * hidden_channels, superset_aggr if superset else None
        recognition = None
        if inference != "diffmf":
            recognition = RecognitionNetwork(hidden_channels, wide, inference == "copula")
        self.mean_field = MeanField(
            SetFunction(hidden_channels, wide, pool, chunk_size),
            recognition,
            num_samples,
            num_steps,
            implicit,
        )

    def reset_parameters(self) -> None:
        super().reset_parameters()
        self.mean_field.reset_parameters()

    def logits(self, sets: Elements, generator: torch.Generator | None = None) -> Tensor:
        return self.mean_field(sets, generator)

    def value(self, x: Any, mask: Tensor, batch: Tensor | None = None) -> Tensor:
        r"""The values :math:`F(S; V)` of subsets.

        Args:
            x (torch.Tensor): Features :math:`(N, F)`, or what the encoder takes.
            mask (torch.Tensor): Membership of the elements, boolean or in :math:`[0, 1]`,
                :math:`(N)`, or of :math:`M` subsets of each set :math:`(M, N)`.
            batch (torch.Tensor, optional): The set of each element :math:`(N)`. (default: one set)

        Returns:
            torch.Tensor: Values :math:`(B)` or :math:`(M, B)`.
        """
        h, index, size = self.elements(x, batch)
        return self.mean_field.set_function(h, mask, index, size)

    def marginal_gains(
        self,
        x: Any,
        q: Tensor,
        batch: Tensor | None = None,
        *,
        num_samples: int | None = None,
        estimator: str = "shared",
        generator: torch.Generator | None = None,
    ) -> Tensor:
        r"""Estimates :math:`\mathbb{E}_{S \sim q} [ F(S \cup \{i\}) - F(S \setminus \{i\}) ]`.

        Args:
            x (torch.Tensor): Features :math:`(N, F)`, or what the encoder takes.
            q (torch.Tensor): The probability of each element to be in a subset :math:`(N)`.
            batch (torch.Tensor, optional): The set of each element :math:`(N)`. (default: one set)
            num_samples (int, optional): The number of subsets of each set. (default: the model's)
            estimator (str, optional): ``"shared"`` uses the same subsets for all elements of a set.
                ``"independent"`` draws others for each, as published: its work and memory grow with
                the square of the size of sets. (default: ``"shared"``)
            generator (torch.Generator, optional): Source of randomness.
                (default: that of the model)

        Returns:
            torch.Tensor: Gains :math:`(N)`.
        """
        sets = self.elements(x, batch)
        check_probabilities(q, sets)
        if estimator not in ("shared", "independent"):
            raise ValueError(f"'estimator' must be 'shared' or 'independent' (got {estimator!r})")
        num = self.num_samples if num_samples is None else num_samples
        check_sizes(1, num_samples=num)
        noise = self.mean_field.noise(sets, generator)
        if estimator == "shared":
            return self.mean_field.gains(sets, noise.bernoulli(q, num))
        return self.mean_field.independent_gains(sets, q, num, noise)

    @torch.no_grad()
    def sample(
        self,
        x: Any,
        batch: Tensor | None = None,
        *,
        num_samples: int = 1,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        r"""Draws subsets. The marginals of their distribution are what :meth:`forward` returns.

        Elements are independent, except with ``inference="copula"``.

        Args:
            x (torch.Tensor): Features :math:`(N, F)`, or what the encoder takes.
            batch (torch.Tensor, optional): The set of each element :math:`(N)`. (default: one set)
            num_samples (int, optional): The number of subsets. (default: :obj:`1`)
            generator (torch.Generator, optional): Source of randomness. (default: PyTorch's own)

        Returns:
            torch.Tensor: Boolean memberships :math:`(M, N)`.
        """
        check_sizes(1, num_samples=num_samples)
        sets = self.elements(x, batch)
        probability = self.mean_field(sets).sigmoid()
        _, copula = self.mean_field.start(sets)
        if copula is not None:
            return copula(num_samples, generator) < probability
        noise = ElementNoise(sets.batch, sets.size, probability, False, generator)
        return noise.bernoulli(probability, num_samples)

    def loss(self, x: Any, y: Tensor, batch: Tensor | None = None) -> Tensor:
        r"""The training loss of optimal subsets.

        The cross-entropy of the members and of as many other elements, drawn at random, summed over
        each set and averaged over sets. Of a set whose optimal subset is empty, one element is
        drawn. The second network, if there is one, is trained by its evidence lower bound.

        Args:
            x (torch.Tensor): Features :math:`(N, F)`, or what the encoder takes.
            y (torch.Tensor): Whether each element is in the optimal subset of its set, boolean or
                zero and one, :math:`(N)`.
            batch (torch.Tensor, optional): The set of each element :math:`(N)`. (default: one set)

        Raises:
            ValueError: If ``y`` has other numbers or another shape, or if there is no element.
        """
        sets = self.elements(x, batch)
        check_labels(y, sets)
        return self.mean_field.loss(sets, y.bool())

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self.in_channels}, {self.hidden_channels}, "
            f"superset={self.superset}, inference={self.inference!r})"
        )
