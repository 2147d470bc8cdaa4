"""How to sample, and which choices a model allows."""

import math
import os
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from pyg_symm.graphs import BlockGraphs
from pyg_symm.utils import check_sizes

from .config import GraphStatistics
from .constraints import Constraints
from .networks import PARDNetworks

_MOST, _CACHE = 128, 1e9  # Graphs at a time, and bytes that layers keep of them.
_MOST_ON_GPU, _GPU_SHARE = 4096, 1 / 16  # The same on a GPU, as a share of its memory.


@dataclass(frozen=True)
class SampleOptions:
    r"""How to sample.

    Attributes:
        batch_size: The maximum number of graphs at a time. If :obj:`None`, 128, or fewer large
            ones: as many as fit when the layers may keep 1 GB. On a GPU 4,096, or as many as fit
            when the layers may keep a sixteenth of its memory.
        max_nodes: The maximum number of nodes; larger blocks are not proposed. That of the largest
            training graph if :obj:`None`.
        min_nodes: The minimum number of nodes, unless the block limit is reached first. With
            ``max_nodes`` of the same value, all graphs have that size. Choices are ruled out one by
            one, without looking ahead: this does not sample conditionally on the size.
        progress: Whether to show a progress bar.
        num_steps: Diffusion steps of a block, at most the model's own, evenly spaced. All if
            :obj:`None`.
        temperature: Divides the logits of the denoiser. Positive and finite.
        constraints: What samples must satisfy; what does not is drawn again. Nothing if
            :obj:`None`.
        compile: ``"cudagraphs"`` records the steps of the denoiser for few shapes and launches
            each as one CUDA graph; any other backend of :func:`torch.compile` compiles them, which
            takes minutes and does not pay on a CPU.
        resume: A folder for finished graphs. Called again with the same folder, seed and options,
            sampling continues and returns the same graphs.
    """

    batch_size: int | None = None
    max_nodes: int | None = None
    min_nodes: int = 0
    progress: bool = True
    num_steps: int | None = None
    temperature: float = 1.0
    constraints: Constraints | None = None
    compile: str | None = None
    resume: str | os.PathLike | None = None


@dataclass(frozen=True)
class CheckedOptions:
    """:class:`SampleOptions` of one model, without open choices."""

    batch_size: int
    max_nodes: int
    min_nodes: int
    num_steps: int
    temperature: float
    constraints: Constraints | None
    compile: str | None

    @classmethod
    def of(
        cls, options: SampleOptions, model: PARDNetworks, start: BlockGraphs | None
    ) -> "CheckedOptions":
        r"""Fills in what the model decides.

        Args:
            options (SampleOptions): What was asked for.
            model (PARDNetworks): The networks.
            start (BlockGraphs, optional): The graph that samples begin with.

        Raises:
            ValueError: If an option is out of range for the model or the graph.
        """
        known, constraints = model.config.statistics, options.constraints
        max_nodes = known.max_nodes if options.max_nodes is None else options.max_nodes
        num_steps = model.num_steps if options.num_steps is None else options.num_steps
        check_sizes(1, max_nodes=max_nodes, num_steps=num_steps)
        check_sizes(0, min_nodes=options.min_nodes)
        if options.batch_size is not None:
            check_sizes(1, batch_size=options.batch_size)
        if options.min_nodes > max_nodes:
            raise ValueError(
                f"'min_nodes' must be in 0..{max_nodes}, the value of 'max_nodes' "
                f"(got {options.min_nodes})"
            )
        if num_steps > model.num_steps:
            raise ValueError(f"'num_steps' must be in 1..{model.num_steps} (got {num_steps})")
        if options.compile is not None and options.compile not in torch.compiler.list_backends(()):
            backends = torch.compiler.list_backends()
            raise ValueError(f"'compile' must be one of {backends} (got '{options.compile}')")
        if not 0 < options.temperature < math.inf:
            raise ValueError(
                f"'temperature' must be positive and finite (got {options.temperature})"
            )
        if start is None and not (model.first_size[: max_nodes + 1] > 0).any():
            raise ValueError(f"'max_nodes' of {max_nodes} is smaller than any first block")
        if constraints is not None:
            _check_constraints(constraints, known)
        if start is not None:
            _check_start(start, max_nodes, constraints)
        kept, device = kept_bytes(model, max_nodes), model.first_size.device
        if kept > _memory(device):
            raise ValueError(
                f"'max_nodes' of {max_nodes} needs {kept / 1e9:,.0f} GB a graph, more than there is"
            )
        most, room = _MOST, _CACHE
        if device.type == "cuda":  # Of all its memory, so that a resumed run does the same.
            most, room = _MOST_ON_GPU, _GPU_SHARE * _memory(device)
        batch_size = options.batch_size or max(1, min(most, int(room / kept)))
        filled = replace(options, batch_size=batch_size, max_nodes=max_nodes, num_steps=num_steps)
        names = cls.__dataclass_fields__
        return cls(**{name: getattr(filled, name) for name in names})


def kept_bytes(model: PARDNetworks, max_nodes: int) -> int:
    """Bytes that the layers keep of a graph."""
    networks = [part for part in (model.denoiser, model.predictor) if part is not None]
    numbers = sum(part.trunk.layers.cache_size(max_nodes + 1) for part in networks)
    return max(1, numbers * model.denoiser.trunk.node_emb.weight.element_size())


def _memory(device: torch.device) -> float:
    """Bytes of memory of a device."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[1]
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # Not on every system.
        return math.inf


def _check_constraints(constraints: Constraints, known: GraphStatistics) -> None:
    if not isinstance(constraints, Constraints):
        raise ValueError(f"'constraints' must be of class Constraints (got {constraints!r})")
    if known.max_hops == 0 and (constraints.degree or constraints.connected):
        raise ValueError(
            "'constraints' on degrees need a model that predicts them ('max_hops' is 0)"
        )
    lengths = {"max_valence": known.num_node_classes, "edge_order": known.num_edge_classes}
    for name, length in lengths.items():
        table = getattr(constraints, name)
        if table is not None and tuple(table.shape) != (length,):
            raise ValueError(
                f"'{name}' must have a value for each of {length} classes (got shape "
                f"{list(table.shape)})"
            )


def _check_start(start: BlockGraphs, max_nodes: int, constraints: Constraints | None) -> None:
    size = start.node.size(1)
    if size > max_nodes:
        raise ValueError(f"'data' has {size} nodes, more than 'max_nodes' of {max_nodes}")
    bounds = None if constraints is None else constraints.to(start.node.device)
    if bounds is None or bounds.max_valence is None:
        return
    used: Tensor = bounds.order(start.edge).sum(-1)[0]
    most = bounds.max_valence[start.node[0]]
    over = (used > most).nonzero().view(-1)
    if over.numel() > 0:
        i = int(over[0])
        raise ValueError(
            f"'data' has a node of class {int(start.node[0, i])} whose bonds add up to "
            f"{float(used[i])}, more than its valence of {int(most[i])}"
        )
