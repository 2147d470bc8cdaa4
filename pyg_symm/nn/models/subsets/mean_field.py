"""Mean-field inference of optimal subsets."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.func import functional_call

from .copula import CopulaUniforms
from .fixed_point import fixed_point
from .membership import bernoulli_entropy, compared_cross_entropy
from .noise import ElementNoise
from .recognition import RecognitionNetwork
from .set_function import SetFunction

TEMPERATURE = 0.1  # Of relaxed samples.


class Elements(NamedTuple):
    r"""Elements of a batch of sets.

    Attributes:
        h: Elements :math:`(N, C)`.
        batch: The set of each element :math:`(N)`.
        size: The number of sets :math:`B`.
    """

    h: Tensor
    batch: Tensor
    size: int


class MeanField(torch.nn.Module):
    r"""Probabilities :math:`q_i` of independent memberships that approximate
    :math:`p(S \mid V) \propto \exp F(S; V)`.

    Args:
        set_function (SetFunction): The values :math:`F`.
        recognition (RecognitionNetwork, optional): Where :math:`q` begins. (default: one half)
        num_samples (int): Subsets that an expectation is estimated with.
        num_steps (int): Updates of :math:`q`.
        implicit (bool): Whether to update fractional memberships until they stand still.
    """

    def __init__(
        self,
        set_function: SetFunction,
        recognition: RecognitionNetwork | None,
        num_samples: int,
        num_steps: int,
        implicit: bool,
    ) -> None:
        super().__init__()
        self.set_function, self.recognition = set_function, recognition
        self.num_samples, self.num_steps = num_samples, num_steps
        self.implicit = implicit

    def reset_parameters(self) -> None:
        self.set_function.reset_parameters()
        if self.recognition is not None:
            self.recognition.reset_parameters()

    def forward(self, sets: Elements, generator: torch.Generator | None = None) -> Tensor:
        r"""Log-odds of the elements' memberships :math:`(N)`."""
        return self.refine(sets, self.start(sets)[0].detach(), generator)

    def noise(self, sets: Elements, generator: torch.Generator | None = None) -> ElementNoise:
        """Random numbers: from a generator; or PyTorch's in training, and fixed in evaluation."""
        fixed = generator is None and not self.training
        return ElementNoise(sets.batch, sets.size, sets.h[:, 0], fixed, generator)

    def start(self, sets: Elements) -> tuple[Tensor, CopulaUniforms | None]:
        """The first log-odds, and what correlates the elements."""
        if self.recognition is None:
            return sets.h.new_zeros(sets.h.size(0)), None
        # What elements are is learned from values alone.
        logits, scale, factors = self.recognition(sets.h.detach(), sets.batch, sets.size)
        if scale is None or factors is None:
            return logits, None
        return logits, CopulaUniforms(scale, factors, sets.batch, sets.size)

    def refine(
        self,
        sets: Elements,
        logits: Tensor,
        generator: torch.Generator | None = None,
        wanted: Tensor | None = None,
    ) -> Tensor:
        r"""Updates log-odds, in the last step of some elements alone: those with the numbers
        ``wanted``.
        """
        if self.implicit:
            return self._fixed_point(sets, logits, wanted)
        noise = self.noise(sets, generator)
        for step in range(self.num_steps):
            subsets = noise.bernoulli(logits.sigmoid(), self.num_samples)
            logits = self.gains(sets, subsets, wanted if step == self.num_steps - 1 else None)
        return logits

    def gains(self, sets: Elements, subsets: Tensor, wanted: Tensor | None = None) -> Tensor:
        r"""The mean contribution of each element to subsets :math:`(M, N)`, as :math:`(N)`."""
        h, batch, size = sets
        return self.set_function.gains(h, subsets, batch, size, wanted).mean(dim=0)

    def independent_gains(
        self, sets: Elements, q: Tensor, num_samples: int, noise: ElementNoise
    ) -> Tensor:
        """The same, with separate subsets for each element, drawn with probabilities ``q``."""
        order = sets.batch.argsort(stable=True)
        h, index = sets.h[order], sets.batch[order]
        total = h.new_zeros(h.size(0))
        for _ in range(num_samples):
            masks = noise.padded_bernoulli(q[order], index)
            total = total + self.set_function.independent_gains(h, masks, index, sets.size)
        return torch.empty_like(total).index_copy(0, order, total / num_samples)

    def bound(self, sets: Elements, logits: Tensor, copula: CopulaUniforms | None) -> Tensor:
        r"""The evidence lower bound :math:`\mathbb{E}_q F(S; V) + \sum_i H(q_i)`, a mean over sets.

        Derivatives reach the recognition network only: samples are relaxed, and taken as they are
        in the forward pass. With a copula, the entropy of independent elements is an upper bound
        of that of :math:`q`.

        Args:
            sets (Elements): The elements.
            logits (torch.Tensor): The first log-odds, with derivatives :math:`(N)`.
            copula (CopulaUniforms, optional): What correlates the elements.
        """
        if copula is None:
            uniform = self.noise(sets).uniform(self.num_samples).to(logits.dtype)
        else:
            uniform = copula(self.num_samples)
        tiny = torch.finfo(logits.dtype).eps
        relaxed = logits - torch.logit(uniform, eps=tiny)
        soft = (relaxed / TEMPERATURE).sigmoid()
        subsets = soft + ((relaxed > 0).to(soft.dtype) - soft).detach()
        frozen = {name: p.detach() for name, p in self.set_function.named_parameters()}
        h = sets.h.detach()
        value = functional_call(self.set_function, frozen, (h, subsets, sets.batch, sets.size))
        return value.mean(dim=0).mean() + bernoulli_entropy(logits).sum() / sets.size

    def loss(self, sets: Elements, y: Tensor) -> Tensor:
        """The cross-entropy of members and as many others, less the bound of a second network."""
        start, copula = self.start(sets)
        score = self.noise(sets).uniform(1)[0]
        loss = compared_cross_entropy(
            lambda wanted: self.refine(sets, start.detach(), wanted=wanted),
            y,
            sets.batch,
            sets.size,
            score,
        )
        return loss if self.recognition is None else loss - self.bound(sets, start, copula)

    def _fixed_point(self, sets: Elements, logits: Tensor, wanted: Tensor | None) -> Tensor:
        def update(q: Tensor) -> Tensor:
            return self.gains(sets, q.unsqueeze(0)).sigmoid()

        q = fixed_point(update, logits.sigmoid())
        return self.gains(sets, q.unsqueeze(0), wanted)
