"""A run of sampling: options, progress, and going on after a kill."""

import contextlib
import functools
import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch_geometric.data import Data
from tqdm import tqdm

from pyg_symm.graphs import BlockGraphs
from pyg_symm.utils import Noise

from .compiled_sampler import CompiledSampler
from .constraints import Constraints
from .graphed_sampler import GraphedSampler
from .networks import PARDNetworks
from .sampler import BlockSampler
from .shards import Shards
from .slots import SampleReport

_BATCHES = 8  # Of a shard: what a kill can cost, against rows that idle at its end.
_MOST, _CACHE = 128, 2e9  # Graphs at a time, and bytes that layers keep of them.
_MOST_ON_GPU, _GPU_SHARE = 4096, 1 / 16  # The same on a GPU, as a share of its free memory.
_EXTRA = 3  # Blocks that a graph may have beyond those of any example.


@dataclass(frozen=True)
class SampleOptions:
    r"""How to sample.

    Attributes:
        batch_size: The most graphs at a time. If :obj:`None`, 128, or fewer large ones: as many as
            make layers keep 2 GB. On a GPU 4,096, or as many as make layers keep a sixteenth of its
            free memory.
        max_nodes: The most nodes of a graph; larger blocks are not proposed. Those of the largest
            example if :obj:`None`.
        min_nodes: Graphs do not end below so many nodes, unless at the most blocks. With
            ``max_nodes`` of the same number, graphs have that size. This forbids choices one by one
            and does not look ahead, so that it is not the law of graphs given their size.
        progress: Whether to show a progress bar.
        num_steps: Steps of diffusion of a block, at most the model's own, which are thinned out
            evenly. All if :obj:`None`.
        temperature: Divides logits of the denoiser.
        constraints: What every block must satisfy; blocks that do not are drawn again. Nothing if
            :obj:`None`.
        compile: ``"cudagraphs"`` records the steps of the denoiser for few shapes and launches
            each as one graph of a GPU; any other backend of :func:`torch.compile` compiles them,
            which takes minutes at first and gains nothing on a CPU.
        resume: A folder for finished graphs. Called again with the same folder, seed and options,
            sampling goes on from there and ends with the same graphs.
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


def generate(
    model: PARDNetworks,
    n: int,
    generator: torch.Generator | None,
    options: SampleOptions,
    start: BlockGraphs | None = None,
) -> tuple[list[Data], SampleReport]:
    """See :meth:`~pyg_symm.generation.PARD.sample` and :meth:`~pyg_symm.generation.PARD.extend`."""
    known = model.config.statistics
    max_nodes = known.max_nodes if options.max_nodes is None else options.max_nodes
    num_steps = model.num_steps if options.num_steps is None else options.num_steps
    batch_size = options.batch_size
    if n < 0:
        raise ValueError(f"'n' must not be negative (got {n})")
    for name, value in (("batch_size", batch_size), ("max_nodes", max_nodes)):
        if value is not None and value < 1:
            raise ValueError(f"'{name}' must be positive (got {value})")
    if not 0 <= options.min_nodes <= max_nodes:
        raise ValueError(
            f"'min_nodes' must be in 0..{max_nodes}, the most nodes (got {options.min_nodes})"
        )
    if not 1 <= num_steps <= model.num_steps:
        raise ValueError(f"'num_steps' must be in 1..{model.num_steps} (got {num_steps})")
    if options.compile is not None and options.compile not in torch.compiler.list_backends(()):
        backends = torch.compiler.list_backends()
        raise ValueError(f"'compile' must be one of {backends} (got '{options.compile}')")
    if options.temperature <= 0:
        raise ValueError(f"'temperature' must be positive (got {options.temperature})")
    if start is None and not (model.first_size[: max_nodes + 1] > 0).any():
        raise ValueError(f"'max_nodes' of {max_nodes} is less than any first block has")
    constraints = options.constraints
    if (
        constraints is not None
        and known.max_hops == 0
        and (constraints.degree or constraints.connected)
    ):
        raise ValueError(
            "'constraints' on degrees need a model that predicts them ('max_hops' is 0)"
        )
    if start is not None:
        _check_start(start, max_nodes, constraints)

    if batch_size is None:
        batch_size = _fitting_rows(model, max_nodes)

    noise = Noise.from_generator(generator)
    grid = torch.linspace(model.num_steps, 0, num_steps + 1, dtype=torch.double)
    kind: Callable[..., BlockSampler] = BlockSampler
    if options.compile == "cudagraphs":
        kind = GraphedSampler
    elif options.compile is not None:
        kind = functools.partial(CompiledSampler, backend=options.compile)
    sampler = kind(
        model,
        noise,
        batch_size,
        max_nodes,
        known.max_blocks + _EXTRA + (0 if start is None else int(start.num_blocks)),
        grid.round().long().tolist(),
        options.temperature,
        constraints,
        start,
        options.min_nodes,
    )
    settings: dict[str, Any] = {
        "n": n,
        "seed": noise.seed,
        "batch_size": batch_size,
        "max_nodes": max_nodes,
        "min_nodes": options.min_nodes,
        "num_steps": num_steps,
        "temperature": options.temperature,
        "constraints": None if constraints is None else constraints.to_dict(),
        "start": None if start is None else [start.node.tolist(), start.edge.tolist()],
        "model": _fingerprint(model),
    }
    # Rows idle at the end of a shard, so there is but one if nothing is kept.
    size = max(n, 1) if options.resume is None else _BATCHES * batch_size
    shards = Shards(options.resume, settings, n, size)
    graphs: list[Data] = []
    bar = tqdm(total=n, desc="graphs", disable=not options.progress, unit="graph")
    with bar, evaluating(model):
        for shard in shards:
            part = shards.load(shard)
            if part is None:
                part = sampler.sample(shard, bar.update)
                shards.save(shard, part)
            else:
                bar.update(len(part))
            graphs += part
    return graphs, sampler.report


@contextlib.contextmanager
def evaluating(model: torch.nn.Module) -> Iterator[None]:
    """Has all modules in evaluation mode, and afterwards in the mode they were in."""
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode


def _fitting_rows(model: PARDNetworks, max_nodes: int) -> int:
    """How many graphs to generate at a time."""
    device, most, room = model.first_size.device, _MOST, _CACHE
    if device.type == "cuda":
        most, room = _MOST_ON_GPU, _GPU_SHARE * torch.cuda.mem_get_info(device)[0]
    return max(1, min(most, int(room / _kept(model, max_nodes))))


def _kept(model: PARDNetworks, max_nodes: int) -> int:
    """Bytes that layers keep of a graph."""
    networks = [part for part in (model.denoiser, model.predictor) if part is not None]
    numbers = sum(part.trunk.layers.cache_size(max_nodes + 1) for part in networks)
    return numbers * model.denoiser.trunk.node_emb.weight.element_size()


def _check_start(start: BlockGraphs, max_nodes: int, constraints: Constraints | None) -> None:
    size = start.node.size(1)
    if size > max_nodes:
        raise ValueError(f"'data' has {size} nodes, more than 'max_nodes' of {max_nodes}")
    bounds = None if constraints is None else constraints.to(start.node.device)
    if bounds is None or bounds.max_valence is None:
        return
    used = bounds.order(start.edge).sum(-1)[0]
    most = bounds.max_valence[start.node[0]]
    over = (used > most).nonzero().view(-1)
    if over.numel() > 0:
        i = int(over[0])
        raise ValueError(
            f"'data' has a node of class {int(start.node[0, i])} whose bonds add up to "
            f"{float(used[i])}, more than its valence of {int(most[i])}"
        )


def _fingerprint(model: PARDNetworks) -> str:
    """A digest of all weights, and of what else decides on samples."""
    digest = hashlib.sha256()
    for name, value in model.state_dict().items():
        digest.update(name.encode())
        digest.update(value.cpu().contiguous().view(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
