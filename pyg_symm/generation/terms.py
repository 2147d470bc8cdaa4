"""The terms of a generator's loss, and of the bound on its likelihood."""

import torch
import torch.nn.functional as F
from torch import Tensor

from pyg_symm.graphs import BlockGraphs
from pyg_symm.nn.models import BlockLogits, Features
from pyg_symm.utils import Noise

from .networks import PARDNetworks


def training_loss(model: PARDNetworks, graphs: BlockGraphs, noise: Noise) -> dict[str, Tensor]:
    """See :meth:`~pyg_symm.generation.PARD.loss`."""
    rows = torch.arange(graphs.num_graphs, device=graphs.node.device)
    step, *drawn = random_numbers(graphs, noise, rows)
    t = 1 + (step * model.num_steps).long()
    terms = loss_terms(model, graphs, t, *drawn)
    parts = dict(zip(terms, torch.stack(list(terms.values())).mean(1), strict=True))
    loss = parts["bound"] + model.config.ce_weight * parts["cross_entropy"]
    return {"loss": loss + parts["size"] + parts["degree"], **parts}


def loss_terms(
    model: PARDNetworks, graphs: BlockGraphs, t: Tensor, node_noise: Tensor, edge_noise: Tensor
) -> dict[str, Tensor]:
    r"""The terms of the training loss of each graph, all :math:`(B)`.

    Args:
        model (PARDNetworks): The networks.
        graphs (BlockGraphs): Clean graphs.
        t (torch.Tensor): The step of diffusion of each graph :math:`(B)`.
        node_noise (torch.Tensor): Uniform numbers :math:`(B, N)`.
        edge_noise (torch.Tensor): Uniform numbers, symmetric :math:`(B, N, N)`.

    Returns:
        dict: ``"bound"``, ``"cross_entropy"``, ``"size"`` and ``"degree"``, in nats.
    """
    bound, cross_entropy, features = _denoising_terms(model, graphs, t, node_noise, edge_noise)
    size, degree = _block_terms(model, graphs, _blocks(model, graphs, features))
    return {"bound": bound, "cross_entropy": cross_entropy, "size": size, "degree": degree}


def likelihood_bound(
    model: PARDNetworks, graphs: BlockGraphs, num_samples: int, noise: Noise, first: int = 0
) -> Tensor:
    r"""The bound on the log-likelihood of each graph, see
    :meth:`~pyg_symm.generation.PARD.log_likelihood`.

    Args:
        model (PARDNetworks): The networks.
        graphs (BlockGraphs): Clean graphs.
        num_samples (int): Draws of noise for every step.
        noise (Noise): The source of noise.
        first (int, optional): The number of the first graph, which noise depends on.
            (default: :obj:`0`)

    Returns:
        torch.Tensor: In nats :math:`(B)`.
    """
    total = torch.zeros(graphs.num_graphs, dtype=torch.double, device=graphs.node.device)
    t = torch.ones_like(graphs.num_blocks)
    numbers = first + torch.arange(graphs.num_graphs, device=t.device)
    for step in range(1, model.num_steps + 1):
        for i in range(num_samples):
            drawn = random_noise(graphs, noise.at(step, i), numbers)
            total -= _denoising_terms(model, graphs, step * t, *drawn)[0] / num_samples
    ends = model.nodes.prior_loss(graphs.node), model.edges.prior_loss(graphs.edge)
    for end, mask in zip(ends, (graphs.mask, graphs.pairs), strict=True):
        total -= torch.where(mask, end, 0).flatten(1).sum(1)
    size_loss, degree_loss = _block_terms(model, graphs, _blocks(model, graphs))
    size, known = graphs.block_size[:, 0], model.first_size.numel()
    log_first = model.first_size[size.clamp_max(known - 1)].log()
    log_first = torch.where(size < known, log_first, -torch.inf)
    return total - size_loss - degree_loss + log_first


def random_noise(graphs: BlockGraphs, noise: Noise, numbers: Tensor) -> tuple[Tensor, Tensor]:
    """Uniform numbers of all nodes, and of all unordered pairs.

    They depend on the number of a graph and on places of nodes, not on padding or other graphs.
    """
    return random_numbers(graphs, noise, numbers)[1:]


def random_numbers(
    graphs: BlockGraphs, noise: Noise, numbers: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Uniform numbers of graphs, for their steps, before those of :func:`random_noise`."""
    place = torch.arange(graphs.node.size(1), device=graphs.node.device)
    return noise.uniform_of_graphs(numbers, place)


def _denoising_terms(
    model: PARDNetworks, graphs: BlockGraphs, t: Tensor, node_noise: Tensor, edge_noise: Tensor
) -> tuple[Tensor, Tensor, Features]:
    """Of each graph, the term of the bound of one step and the cross entropy; features."""
    node = model.nodes.noise(graphs.node, t[:, None], node_noise)
    edge = model.edges.noise(graphs.edge, t[:, None, None], edge_noise)
    time = t / model.num_steps
    features = model.denoiser.features(graphs, node, edge, time)
    node_logits, edge_logits = model.denoiser.head(features, (node, edge), time)
    bound = cross_entropy = torch.zeros((), device=t.device)
    for diffusion, logits, x_t, x_0, absent in (
        (model.nodes, node_logits, node, graphs.node, ~graphs.mask),
        (model.edges, edge_logits, edge, graphs.edge, ~graphs.pairs),
    ):
        step = t.view(-1, *[1] * (x_t.dim() - 1))
        logits = _precise(logits)
        kl = diffusion.step_loss(logits, x_t, x_0, step)
        ce = F.cross_entropy(logits.movedim(-1, 1), x_0, reduction="none")
        bound = bound + kl.masked_fill(absent, 0).flatten(1).sum(1)
        cross_entropy = cross_entropy + ce.masked_fill(absent, 0).flatten(1).sum(1)
    return bound, cross_entropy, features


def _blocks(
    model: PARDNetworks, graphs: BlockGraphs, features: Features | None = None
) -> BlockLogits:
    """Logits of what follows each block. Finished nodes do not depend on noise."""
    if model.predictor is not None:
        return model.predictor(graphs)
    return model.size_head(model.denoiser.trunk(graphs) if features is None else features, graphs)


def _block_terms(
    model: PARDNetworks, graphs: BlockGraphs, blocks: BlockLogits
) -> tuple[Tensor, Tensor]:
    """Cross entropies of what follows each block, and of the first degree."""
    there = graphs.block_size > 0
    size = F.pad(graphs.block_size[:, 1:], (0, 1))
    degree = F.pad(graphs.block_degree[:, 1:], (0, 1))
    # What there is no room for is not proposed in sampling either.
    room = model.config.statistics.max_nodes - graphs.block_size.cumsum(1)
    sizes = torch.arange(blocks.size.size(-1), device=size.device)
    fits = sizes <= torch.maximum(room, size).unsqueeze(2)
    size_loss = _cross_entropy(_precise(blocks.size).masked_fill(~fits, -1e9), size)
    size_loss = torch.where(there, size_loss, 0).sum(1)
    if model.max_degree == 0:
        return size_loss, torch.zeros_like(size_loss)
    # After the last block, the degree is settled: there is none to pay for.
    degree_loss = torch.where(size > 0, _cross_entropy(blocks.degree, degree), 0).sum(1)
    with torch.autocast(size.device.type, enabled=False):  # One row a graph.
        first = model.size_head.first_degree(graphs.block_size[:, 0])
    return size_loss, degree_loss + _cross_entropy(first, graphs.block_degree[:, 0])


def _precise(logits: Tensor) -> Tensor:
    """Out of half precision."""
    return logits if logits.dtype == torch.double else logits.float()


def _cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    logits = _precise(logits)
    target = target.clamp_max(logits.size(-1) - 1)
    return F.cross_entropy(logits.movedim(-1, 1), target, reduction="none")
