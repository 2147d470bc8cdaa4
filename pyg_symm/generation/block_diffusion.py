"""Sampling one block by diffusion, from noise to the classes of its nodes and pairs."""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from pyg_symm.diffusion import DiscreteDiffusion, draw
from pyg_symm.nn.models import Block, Prefix
from pyg_symm.utils import Noise, symmetric, unordered

from .constraints import Constraints
from .networks import PARDNetworks
from .slots import SampleReport, Slots

# The first key of a random number is its purpose, so that no two purposes share numbers.
SIZE, DEGREE, NODE, EDGE = range(4)

# The first attempts at a block have consecutive numbers; later ones have numbers far behind.
_ATTEMPTS, _FAR = 21, 2**32


class BlockDiffusion:
    r"""Samples the next block of many graphs at once.

    Args:
        model (PARDNetworks): The networks.
        noise (Noise): The source of randomness.
        steps (list): The steps to go through, from :math:`T` down to 0.
        temperature (float, optional): Divides logits. (default: :obj:`1.0`)
        constraints (Constraints, optional): What blocks must satisfy. (default: nothing)
    """

    def __init__(
        self,
        model: PARDNetworks,
        noise: Noise,
        steps: list[int],
        temperature: float = 1.0,
        constraints: Constraints | None = None,
    ) -> None:
        self.model = model
        self.noise = noise
        self.steps = steps
        self.temperature = temperature
        self.device = model.first_size.device
        self.constraints = (constraints or Constraints()).to(self.device)
        self.report = SampleReport()

    def _denoise(self, slots: Slots, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Samples the classes of a block of each graph, and of its pairs."""
        model, prefix = self.model, slots.denoiser
        room = prefix.block_id.size(1)
        place, kept = slots.count.unsqueeze(1), torch.arange(room, device=self.device)
        place = place + torch.arange(mask.size(1), device=self.device)
        others = torch.cat([kept.expand(place.size(0), -1), place], dim=1)
        present = torch.cat([prefix.block_id >= 0, mask], dim=1)
        pair = mask.unsqueeze(2) & present.unsqueeze(1)
        pair &= place.unsqueeze(2) != others.unsqueeze(1)
        later, first = unordered(place.unsqueeze(2), others.unsqueeze(1))
        keys = slots.number.view(-1, 1), turn_number(slots.block, slots.attempt).view(-1, 1)
        allowed = self._allowed(slots, mask.size(1))

        noises = self._noises(keys, place, later, first)
        node_noise, edge_noise = next(noises)
        node = model.nodes.draw_prior(node_noise) * mask
        edge = model.edges.draw_prior(edge_noise) * pair
        for t, s in zip(self.steps[:-1], self.steps[1:], strict=True):
            time = torch.full_like(slots.count, t)
            block = Block(node, edge, mask, slots.degree)
            node_logits, edge_logits = self._logits(slots, prefix, block, time / model.num_steps)
            node_noise, edge_noise = next(noises)
            node = self._draw(model.nodes, node_logits, node, s, t, node_noise) * mask
            edge = self._draw(model.edges, edge_logits, edge, s, t, edge_noise, allowed) * pair
            # Both directions within the block use equal random numbers, but may be rounded apart.
            edge = torch.cat([edge[:, :, :room], symmetric(edge[:, :, room:])], dim=2)
            self.report.calls += 1
        self.report.steps += (len(self.steps) - 1) * int(mask.any(1).sum())
        return node, edge

    def _noises(
        self, keys: tuple[Tensor, Tensor], place: Tensor, later: Tensor, first: Tensor
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Uniform numbers of nodes and pairs: for the first noise, then for every step."""
        steps = torch.tensor([self.steps[0] + 1, *self.steps[:-1]], device=self.device)
        pairs = [key.unsqueeze(2) for key in keys]
        # Many steps at a time: calls are expensive here, not numbers.
        for t in steps.split(max(1, 2**20 // later.numel())):
            node = self.noise.uniform(NODE, *keys, t.view(-1, 1, 1), place)
            edge = self.noise.uniform(EDGE, *pairs, t.view(-1, 1, 1, 1), later, first)
            yield from zip(node, edge, strict=True)

    def _logits(
        self, slots: Slots, prefix: Prefix, block: Block, time: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Logits of a noisy block of each graph, given its finished blocks."""
        return self.model.denoiser.step(prefix, block, time)

    def _draw(
        self,
        diffusion: DiscreteDiffusion,
        logits: Tensor,
        x_t: Tensor,
        s: int,
        t: int,
        uniform: Tensor,
        allowed: Tensor | None = None,
    ) -> Tensor:
        """Draws earlier classes from the reverse kernel."""
        # Never in half precision, even if the network uses it.
        logits = (logits if logits.dtype == torch.double else logits.float()) / self.temperature
        if allowed is not None:
            logits = logits.masked_fill(~allowed, -1e9)
        if s == 0 and self.model.config.virtual_class:
            # The additional class of noise is not allowed in the result.
            logits = F.pad(logits[..., :-1], (0, 1), value=-1e9)
        probs = logits.softmax(-1)
        if s > 0:
            probs = diffusion.reverse(probs, x_t, torch.tensor(s), torch.tensor(t))
        return draw(probs, uniform)

    def _allowed(self, slots: Slots, width: int) -> Tensor | None:
        config = self.model.config
        allowed = self.constraints.allowed(
            slots.node, slots.edge, config.statistics.num_edge_classes
        )
        if allowed is None:
            return None
        # The class of noise is always allowed; pairs within the block are checked at its end.
        extra = int(config.virtual_class)
        return F.pad(
            F.pad(allowed, (0, extra), value=True), (0, 0, 0, width), value=True
        ).unsqueeze(1)

    def _check(self, slots: Slots, node: Tensor, edge: Tensor, mask: Tensor) -> Tensor:
        """Which blocks are accepted."""
        if not self.constraints.any:
            return torch.ones_like(slots.number, dtype=torch.bool)
        good = self.constraints.hold(node, edge, mask, slots.degree, (slots.node, slots.edge))
        last = slots.attempt >= self.constraints.max_redraws
        self.report.unmet += int((~good & last).sum())
        self.report.redraws += int((~good & ~last).sum())
        return good | last


def turn_number(block: Tensor, attempt: Tensor) -> Tensor:
    """A unique number for every attempt at every block, independent of all limits."""
    return attempt // _ATTEMPTS * _FAR + block * _ATTEMPTS + attempt % _ATTEMPTS
