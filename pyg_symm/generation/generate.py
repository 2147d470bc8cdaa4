"""A run of sampling: checked before it begins, and resumed after a kill."""

import contextlib
import functools
import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch_geometric.data import Data
from tqdm import tqdm

from pyg_symm.graphs import BlockGraphs
from pyg_symm.utils import Noise, check_sizes

from .compiled_sampler import CompiledSampler
from .graphed_sampler import GraphedSampler
from .networks import PARDNetworks
from .options import CheckedOptions, SampleOptions
from .pieces import num_pieces
from .sampler import BlockSampler
from .shards import Shards
from .slots import SampleReport

# Batches of a shard. More of them waste fewer idle rows at its end, fewer lose less after a kill.
_BATCHES = 2
_EXTRA = 3  # Blocks that a graph may have beyond those of any training graph.
_AGAIN = 2**40  # Added to the number of a graph each time that the whole graph is drawn again.


class SamplingRun:
    r"""A run of sampling, for :meth:`~pyg_symm.generation.PARD.sample` and
    :meth:`~pyg_symm.generation.PARD.extend`.

    All arguments are checked when it is made. Nothing is sampled or written before it is called.

    Args:
        model (PARDNetworks): The networks.
        n (int): The number of graphs.
        generator (torch.Generator, optional): The source of randomness; one seed is drawn from it.
            (default: PyTorch's default generator)
        options (SampleOptions): How to sample.
        data (Data, optional): A graph that every sample begins with. (default: :obj:`None`)

    Attributes:
        report (SampleReport): What the run did.

    Raises:
        ValueError: If an argument is out of range, or ``options.resume`` holds another run.
    """

    def __init__(
        self,
        model: PARDNetworks,
        n: int,
        generator: torch.Generator | None,
        options: SampleOptions,
        data: Data | None = None,
    ) -> None:
        check_sizes(0, n=n)
        self.model = model
        self.n = n
        self.progress = options.progress
        start, self.origin = None, None
        if data is not None:
            start, self.origin = _first_blocks(model, data, options.max_nodes)
        checked = CheckedOptions.of(options, model, start)
        noise = Noise.from_generator(generator)
        self.sampler = _sampler(model, noise, checked, start)
        constraints = checked.constraints
        self.redraws = constraints.max_redraws if constraints and constraints.one_piece else 0
        self.shards = None
        if options.resume is not None:
            settings = _settings(model, n, noise, generator, checked, start)
            self.shards = Shards(options.resume, settings, n, _BATCHES * checked.batch_size)

    @property
    def report(self) -> SampleReport:
        """What the run did."""
        return self.sampler.report

    def __call__(self) -> list[Data]:
        """Samples all graphs."""
        bar = tqdm(total=self.n, desc="graphs", disable=not self.progress, unit="graph")
        with bar, evaluating(self.model):
            if self.shards is None:  # Rows idle at the end of a shard, so there is but one.
                graphs = self._make(range(self.n), bar.update)
            else:
                graphs = self._resume(self.shards, bar.update)
        if self.origin is not None:
            for graph in graphs:
                new = graph.num_nodes - self.origin.numel()
                graph.origin = F.pad(self.origin, (0, new), value=-1)
        return graphs

    def _resume(self, shards: Shards, progress: Callable[[int], object]) -> list[Data]:
        graphs = []
        shards.open()
        for shard in shards:
            part = shards.load(shard)
            if part is None:
                part = self._make(shard, progress)
                shards.save(shard, part)
            else:
                progress(len(part))
            graphs += part
        return graphs

    def _make(self, numbers: range, progress: Callable[[int], object]) -> list[Data]:
        """Samples graphs, and those in several pieces again if they have to be in one."""
        if self.redraws == 0:
            return self.sampler.sample(numbers, progress)
        done: dict[int, Data] = {}
        waiting = list(numbers)
        for attempt in range(self.redraws + 1):
            graphs = self.sampler.sample([number + attempt * _AGAIN for number in waiting])
            last = attempt == self.redraws
            for number, data in zip(waiting, graphs, strict=True):
                if last or num_pieces(data) == 1:
                    done[number] = data
                    progress(1)
            waiting = [number for number in waiting if number not in done]
            self.report.rejected += len(waiting)
            if not waiting:
                break
        return [done[number] for number in numbers]


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


def _first_blocks(
    model: PARDNetworks, data: Data, max_nodes: int | None
) -> tuple[BlockGraphs, torch.Tensor]:
    """The blocks of a graph, and its nodes in their order."""
    known = model.config.statistics
    most = known.max_nodes if max_nodes is None else max_nodes
    if data.num_nodes > most:  # Before all of its pairs take memory.
        raise ValueError(f"'data' has {data.num_nodes} nodes, more than 'max_nodes' of {most}")
    keys = [key for key in ("x", "edge_index", "edge_attr") if key in data]
    data = Data(**{key: data[key] for key in keys}, num_nodes=data.num_nodes)
    return model.graphs([data]), BlockGraphs.order_of(data, known.max_hops).cpu()


def _sampler(
    model: PARDNetworks, noise: Noise, options: CheckedOptions, start: BlockGraphs | None
) -> BlockSampler:
    grid = torch.linspace(model.num_steps, 0, options.num_steps + 1, dtype=torch.double)
    kind: Callable[..., BlockSampler] = BlockSampler
    if options.compile == "cudagraphs":
        kind = GraphedSampler
    elif options.compile is not None:
        kind = functools.partial(CompiledSampler, backend=options.compile)
    given = 0 if start is None else int(start.num_blocks)
    return kind(
        model,
        noise,
        options.batch_size,
        options.max_nodes,
        model.config.statistics.max_blocks + _EXTRA + given,
        grid.round().long().tolist(),
        options.temperature,
        options.constraints,
        start,
        options.min_nodes,
    )


def _settings(
    model: PARDNetworks,
    n: int,
    noise: Noise,
    generator: torch.Generator | None,
    options: CheckedOptions,
    start: BlockGraphs | None,
) -> dict[str, Any]:
    """What decides on the samples."""
    constraints = options.constraints
    return {
        "model": _fingerprint(model),
        "seed": int(noise.seed),
        "generator_seed": None if generator is None else generator.initial_seed(),
        "n": n,
        "batch_size": options.batch_size,
        "max_nodes": options.max_nodes,
        "min_nodes": options.min_nodes,
        "num_steps": options.num_steps,
        "temperature": options.temperature,
        "constraints": None if constraints is None else constraints.to_dict(),
        "start": None if start is None else [start.node.tolist(), start.edge.tolist()],
    }


def _fingerprint(model: PARDNetworks) -> str:
    """A digest of all weights."""
    digest = hashlib.sha256()
    for name, value in model.state_dict().items():
        digest.update(name.encode())
        digest.update(value.cpu().contiguous().view(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
