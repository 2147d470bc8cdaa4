"""PARD: a generator of graphs, block by block."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch_geometric.data import Batch, Data
from tqdm import tqdm

from pyg_symm import __version__
from pyg_symm.diffusion import (
    BlockGraphs,
    ConstantSchedule,
    CosineSchedule,
    DiscreteDiffusion,
    ExponentialSchedule,
    LinearSchedule,
    Noise,
    symmetric,
)
from pyg_symm.nn.models import BlockDenoiser, BlockLogits, BlockSizePredictor, SizeHead

from .config import PARDConfig, padded
from .constraints import Constraints
from .sampler import BlockSampler, SampleReport
from .shards import Shards

_SCHEDULES = {
    "cosine": CosineSchedule,
    "linear": LinearSchedule,
    "exponential": ExponentialSchedule,
    "constant": ConstantSchedule,
}
_FORMAT = 1  # Of saved models: raised when an older one can no longer be read.


class PARD(nn.Module):
    r"""Permutation-invariant block-autoregressive diffusion of labelled graphs.

    From `"PARD: Permutation-Invariant Autoregressive Diffusion for Graph Generation"
    <https://arxiv.org/abs/2402.03687>`_. The structural order splits a graph into blocks
    :math:`B_0, B_1, \dots` (:class:`~pyg_symm.transforms.StructuralOrder`), and

    .. math::
        p(G) = p(s_0)\, p(d_0 \mid s_0) \prod_i p(B_i \mid G_{<i}, s_i, d_i)\;
            p(s_{i+1} \mid G_{\le i})\, p(d_{i+1} \mid s_{i+1}, G_{\le i}),

    with sizes :math:`s` and degrees :math:`d` of blocks, 0 for the end. A block, its nodes and
    their pairs with all nodes up to them, is drawn by discrete diffusion. Nothing depends on the
    order of nodes.

    Args:
        config (PARDConfig): All settings.

    Examples:
        >>> from pyg_symm.generation import GraphStatistics
        >>> path = Data(edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), num_nodes=3)
        >>> statistics = GraphStatistics.of([path], num_node_classes=1, num_edge_classes=2)
        >>> sizes = dict(hidden_channels=16, edge_channels=8, num_layers=2)
        >>> model = PARD(PARDConfig(statistics, num_steps=5, network=sizes))
        >>> model.loss(BlockGraphs.from_data([path]))["loss"].shape
        torch.Size([])
        >>> graphs = model.sample(2, generator=torch.Generator().manual_seed(0), progress=False)
        >>> [data.num_nodes <= 3 for data in graphs]
        [True, True]
    """

    first_size: Tensor

    def __init__(self, config: PARDConfig) -> None:
        super().__init__()
        if config.schedule not in _SCHEDULES:
            raise ValueError(
                f"'schedule' must be one of {sorted(_SCHEDULES)} (got '{config.schedule}')"
            )
        self.config = config
        known = config.statistics
        states = config.num_node_states, config.num_edge_states
        marginals = known.node_marginal, known.edge_marginal
        self.nodes, self.edges = (
            DiscreteDiffusion(
                count,
                _SCHEDULES[config.schedule](config.num_steps),
                padded(marginal, count) if config.prior == "marginal" else None,
            )
            for count, marginal in zip(states, marginals, strict=True)
        )
        common = {"max_blocks": known.max_blocks, **config.network}
        self.denoiser = BlockDenoiser(*states, max_degree=known.max_degree, **common)
        self.size_head: SizeHead
        self.predictor: BlockSizePredictor | None = None
        if config.shared_trunk:
            trunk = self.denoiser.trunk
            self.size_head = SizeHead(
                known.max_size, known.max_degree, trunk.hidden_channels, trunk.edge_channels
            )
        else:
            self.predictor = BlockSizePredictor(
                *states, known.max_size, known.max_degree, **{**common, **config.predictor}
            )
        size = torch.tensor(known.first_size, dtype=torch.double)
        self.register_buffer("first_size", size / size.sum(), persistent=False)

    def __getattr__(self, name: str) -> Any:
        if name == "size_head":  # The predictor's own, unless both share a trunk.
            head = self._modules.get("size_head")
            return self._modules["predictor"].head if head is None else head
        return super().__getattr__(name)

    def reset_parameters(self) -> None:
        """Draws all parameters anew."""
        self.denoiser.reset_parameters()
        if self.predictor is not None:
            self.predictor.reset_parameters()
            return
        for module in self.size_head.modules():
            if module is not self.size_head and hasattr(module, "reset_parameters"):
                module.reset_parameters()

    @property
    def shared(self) -> bool:
        """Whether denoising and block prediction share a trunk."""
        return self.predictor is None

    @property
    def num_steps(self) -> int:
        """Steps :math:`T` of diffusion."""
        return self.nodes.num_steps

    @property
    def max_degree(self) -> int:
        """The highest degree of a block; 0 if degrees are not known."""
        return self.config.statistics.max_degree

    @property
    def state_channels(self) -> int:
        """Channels of what the next size is read from."""
        return self.size_head.norm.normalized_shape[0]

    def graphs(self, data: Sequence[Data] | Batch | BlockGraphs) -> BlockGraphs:
        r"""Checks graphs and lays them out in blocks.

        Raises:
            ValueError: If a graph has classes, nodes or blocks that the model does not know.
        """
        known = self.config.statistics
        graphs = (
            data if isinstance(data, BlockGraphs) else BlockGraphs.from_data(data, known.max_hops)
        )
        found = {
            "classes of nodes": (int(graphs.node.max()) + 1, known.num_node_classes),
            "classes of edges": (int(graphs.edge.max()) + 1, known.num_edge_classes),
            "nodes in a block": (int(graphs.block_size.max()), known.max_size),
            "degree of a block": (int(graphs.block_degree.max()), known.max_degree),
        }
        for name, (value, limit) in found.items():
            if value > limit:
                raise ValueError(
                    f"'data' is not of the kind the model was made for: {name} {value}, at most "
                    f"{limit} known"
                )
        return graphs.to(self.first_size.device)

    def loss(
        self, graphs: BlockGraphs, generator: torch.Generator | None = None
    ) -> dict[str, Tensor]:
        r"""The training loss, averaged over graphs.

        .. math::
            \sum_i \big( \mathrm{KL}_t + c\, \mathrm{CE} \big) + \mathrm{CE}(s) + \mathrm{CE}(d),

        with one step :math:`t` of all blocks of a graph, drawn uniformly; the first sum runs over
        all nodes and pairs.

        Args:
            graphs (BlockGraphs): Clean graphs.
            generator (torch.Generator, optional): The source of noise. (default: PyTorch's own)

        Returns:
            dict: ``"loss"`` and its parts ``"bound"``, ``"cross_entropy"``, ``"size"`` and
            ``"degree"``, each in nats a graph.
        """
        device = graphs.node.device
        noise = {"generator": generator, "device": device, "dtype": torch.double}
        t = 1 + (torch.rand(graphs.num_graphs, **noise) * self.num_steps).long()
        node_noise = torch.rand(graphs.node.shape, **noise)
        edge_noise = symmetric(torch.rand(graphs.edge.shape, **noise))
        terms = self._terms(graphs, t, node_noise, edge_noise)
        parts = {name: value.mean() for name, value in terms.items()}
        loss = parts["bound"] + self.config.ce_weight * parts["cross_entropy"]
        return {"loss": loss + parts["size"] + parts["degree"], **parts}

    def _terms(
        self, graphs: BlockGraphs, t: Tensor, node_noise: Tensor, edge_noise: Tensor
    ) -> dict[str, Tensor]:
        """All terms of the loss of each graph."""
        node = self.nodes.noise(graphs.node, t[:, None], node_noise)
        edge = self.edges.noise(graphs.edge, t[:, None, None], edge_noise)
        time = t / self.num_steps
        features = self.denoiser.features(graphs, node, edge, time)
        node_logits, edge_logits = self.denoiser.head(features, (node, edge), time)
        if self.predictor is None:
            blocks = self.size_head(features, graphs)
        else:
            blocks = self.predictor(graphs)
        bound = cross_entropy = torch.zeros((), device=t.device)
        for diffusion, logits, x_t, x_0, mask in (
            (self.nodes, node_logits, node, graphs.node, graphs.mask),
            (self.edges, edge_logits, edge, graphs.edge, graphs.pairs),
        ):
            step = t.view(-1, *[1] * (x_t.dim() - 1))
            logits = logits if logits.dtype == torch.double else logits.float()
            kl = diffusion.step_loss(logits, x_t, x_0, step)
            ce = F.cross_entropy(logits.movedim(-1, 1), x_0, reduction="none")
            bound = bound + torch.where(mask, kl, 0).flatten(1).sum(1)
            cross_entropy = cross_entropy + torch.where(mask, ce, 0).flatten(1).sum(1)
        size, degree = self._block_terms(blocks, graphs)
        return {"bound": bound, "cross_entropy": cross_entropy, "size": size, "degree": degree}

    def _block_terms(self, blocks: BlockLogits, graphs: BlockGraphs) -> tuple[Tensor, Tensor]:
        """Cross entropies of what follows each block, and of the first degree."""
        there = graphs.block_size > 0
        size = F.pad(graphs.block_size[:, 1:], (0, 1))
        degree = F.pad(graphs.block_degree[:, 1:], (0, 1))
        size_loss = _cross_entropy(blocks.size, size)
        size_loss = torch.where(there, size_loss, 0).sum(1)
        if self.max_degree == 0:
            return size_loss, torch.zeros_like(size_loss)
        # After the last block, the degree is settled: there is none to pay for.
        degree_loss = torch.where(size > 0, _cross_entropy(blocks.degree, degree), 0).sum(1)
        first = self.size_head.first_degree(graphs.block_size[:, 0])
        return size_loss, degree_loss + _cross_entropy(first, graphs.block_degree[:, 0])

    @torch.no_grad()
    def log_likelihood(
        self,
        data: Sequence[Data] | Batch | Data,
        num_samples: int = 1,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        r"""A lower bound of the log-likelihood of each graph.

        It bounds the probability that the model generates the graph, with its nodes as labelled
        within blocks, *along its structural order*: first by that path, which is only one of the
        sequences of blocks that may lead to it, and then by the variational bound of the diffusion
        of each block. For the graph up to isomorphism, add
        :math:`\log \big(\prod_i s_i!\, / \,|\mathrm{Aut}(G)|\big)`.

        The terms of sizes and degrees are exact; those of diffusion sum over all steps, with the
        expectation over noise estimated from ``num_samples`` draws each.

        Args:
            data (list, Batch or Data): Graphs.
            num_samples (int, optional): Draws of noise for every step. (default: :obj:`1`)
            generator (torch.Generator, optional): The source of noise. (default: PyTorch's own)

        Returns:
            torch.Tensor: The bounds in nats :math:`(B)`; divide by :math:`-\log 2` for bits.
        """
        if num_samples < 1:
            raise ValueError(f"'num_samples' must be positive (got {num_samples})")
        graphs = self.graphs(
            [data] if isinstance(data, Data) and not isinstance(data, Batch) else data
        )
        training = self.training
        self.eval()
        noise = {"generator": generator, "device": graphs.node.device, "dtype": torch.double}
        total = torch.zeros(graphs.num_graphs, dtype=torch.double, device=graphs.node.device)
        terms: dict[str, Tensor] = {}
        for step in range(1, self.num_steps + 1):
            for _ in range(num_samples):
                t = torch.full_like(graphs.num_blocks, step)
                node_noise = torch.rand(graphs.node.shape, **noise)
                edge_noise = symmetric(torch.rand(graphs.edge.shape, **noise))
                terms = self._terms(graphs, t, node_noise, edge_noise)
                total -= terms["bound"] / num_samples
        self.train(training)
        ends = self.nodes.prior_loss(graphs.node), self.edges.prior_loss(graphs.edge)
        for end, mask in zip(ends, (graphs.mask, graphs.pairs), strict=True):
            total -= torch.where(mask, end, 0).flatten(1).sum(1)
        size = graphs.block_size[:, 0].clamp_max(self.first_size.numel() - 1)
        return total - terms["size"] - terms["degree"] + self.first_size[size].log()

    @torch.no_grad()
    def sample(
        self,
        n: int,
        generator: torch.Generator | None = None,
        batch_size: int = 128,
        max_nodes: int | None = None,
        progress: bool = True,
        num_steps: int | None = None,
        temperature: float = 1.0,
        constraints: Constraints | None = None,
        resume: str | os.PathLike | None = None,
    ) -> list[Data]:
        r"""Generates graphs.

        Args:
            n (int): The number of graphs.
            generator (torch.Generator, optional): The source of randomness; one number is drawn
                from it, and the graphs follow from that. (default: PyTorch's own)
            batch_size (int, optional): The most graphs at a time. (default: :obj:`128`)
            max_nodes (int, optional): The most nodes of a graph; larger blocks are not proposed.
                (default: those of the largest example)
            progress (bool, optional): Whether to show a progress bar. (default: :obj:`True`)
            num_steps (int, optional): Steps of diffusion of a block, at most the model's own, which
                are thinned out evenly. (default: all)
            temperature (float, optional): Divides logits of the denoiser. (default: :obj:`1.0`)
            constraints (Constraints, optional): What every block must satisfy; blocks that do not
                are drawn again. (default: nothing)
            resume (str or Path, optional): A folder for finished graphs. Called again with the same
                folder, seed and options, sampling goes on from there and ends with the same graphs.

        Returns:
            list: Graphs with ``x`` :math:`(N, 1)`, ``edge_index`` of both directions,
            ``edge_attr``, and the blocks in which they were made, ``block_id`` and ``num_blocks``.
            What the run did is in :attr:`report`.

        Raises:
            ValueError: If an argument is out of range, or the folder belongs to another run.
        """
        return self._generate(
            n,
            None,
            generator,
            batch_size,
            max_nodes,
            progress,
            num_steps,
            temperature,
            constraints,
            resume,
        )

    @torch.no_grad()
    def extend(
        self,
        data: Data,
        n: int,
        generator: torch.Generator | None = None,
        batch_size: int = 128,
        max_nodes: int | None = None,
        progress: bool = True,
        num_steps: int | None = None,
        temperature: float = 1.0,
        constraints: Constraints | None = None,
        resume: str | os.PathLike | None = None,
    ) -> list[Data]:
        r"""Generates graphs that contain a given one.

        The given graph makes up the first blocks, in its own structural order, and stays as it is:
        later blocks only add nodes, and edges to them. Whether these are also the first blocks of
        the finished graph's own order is not enforced, and what the model has learned holds best
        where it is so, as for cores such as ring systems;
        :func:`~pyg_symm.generation.path_consistency` tells for which samples it is. Its nodes come
        first in every sample, sorted by block; ``origin`` gives for each its node in ``data``, and
        -1 for new ones.

        Args:
            data (Data): The graph to keep, with classes as in training.
            n (int): The number of graphs.
            generator, batch_size, max_nodes, progress, num_steps, temperature, constraints, resume:
                As in :meth:`sample`.

        Returns:
            list: Graphs as from :meth:`sample`.

        Raises:
            ValueError: If the graph is not of the kind the model knows, leaves no room for more
                nodes, or breaks the bounds on valence in ``constraints``.
        """
        data = Data(
            **{key: data[key] for key in ("x", "edge_index", "edge_attr") if key in data},
            num_nodes=data.num_nodes,
        )
        start = self.graphs([data])
        self._check_start(start, max_nodes, constraints)
        graphs = self._generate(
            n,
            start,
            generator,
            batch_size,
            max_nodes,
            progress,
            num_steps,
            temperature,
            constraints,
            resume,
        )
        origin = BlockGraphs.order_of(data, self.config.statistics.max_hops)
        for graph in graphs:
            graph.origin = F.pad(origin, (0, graph.num_nodes - origin.numel()), value=-1)
        return graphs

    def _check_start(
        self, start: BlockGraphs, max_nodes: int | None, constraints: Constraints | None
    ) -> None:
        size, known = start.node.size(1), self.config.statistics
        limit = known.max_nodes if max_nodes is None else max_nodes
        if size > limit:
            raise ValueError(f"'data' has {size} nodes, more than 'max_nodes' of {limit}")
        if constraints is not None and constraints.max_valence is not None:
            bounds = constraints.to(start.node.device)
            used = bounds.edge_order[start.edge].sum(-1)[0]
            over = (used > bounds.max_valence[start.node[0]]).nonzero().view(-1)
            if over.numel() > 0:
                i = int(over[0])
                raise ValueError(
                    f"'data' has a node of class {int(start.node[0, i])} with {int(used[i])} bonds, "
                    f"more than its valence of {int(bounds.max_valence[start.node[0, i]])}"
                )

    def _generate(
        self,
        n: int,
        start: BlockGraphs | None,
        generator: torch.Generator | None,
        batch_size: int,
        max_nodes: int | None,
        progress: bool,
        num_steps: int | None,
        temperature: float,
        constraints: Constraints | None,
        resume: str | os.PathLike | None,
    ) -> list[Data]:
        known = self.config.statistics
        max_nodes = known.max_nodes if max_nodes is None else max_nodes
        num_steps = self.num_steps if num_steps is None else num_steps
        for name, value in (("n", n), ("batch_size", batch_size), ("max_nodes", max_nodes)):
            if value < (0 if name == "n" else 1):
                raise ValueError(f"'{name}' must be positive (got {value})")
        if not 1 <= num_steps <= self.num_steps:
            raise ValueError(f"'num_steps' must be in 1..{self.num_steps} (got {num_steps})")
        if temperature <= 0:
            raise ValueError(f"'temperature' must be positive (got {temperature})")
        if start is None and not (self.first_size[: max_nodes + 1] > 0).any():
            raise ValueError(f"'max_nodes' of {max_nodes} is less than any first block has")
        noise = Noise.from_generator(generator)
        grid = torch.linspace(self.num_steps, 0, num_steps + 1, dtype=torch.double)
        sampler = BlockSampler(
            self,
            noise,
            batch_size,
            max_nodes,
            known.max_blocks + 3 + (0 if start is None else int(start.num_blocks)),
            grid.round().long().tolist(),
            temperature,
            constraints,
            start,
        )
        settings = {
            "n": n,
            "seed": noise.seed,
            "batch_size": batch_size,
            "max_nodes": max_nodes,
            "num_steps": num_steps,
            "temperature": temperature,
            "constraints": None if constraints is None else constraints.to_dict(),
            "start": None if start is None else [start.node.tolist(), start.edge.tolist()],
            "model": self.fingerprint(),
        }
        shards = Shards(resume, settings, n, 8 * batch_size)
        training = self.training
        self.eval()
        graphs: list[Data] = []
        with tqdm(total=n, desc="graphs", disable=not progress, unit="graph") as bar:
            for shard in shards:
                part = shards.load(shard)
                if part is None:
                    part = sampler.sample(shard, bar.update)
                    shards.save(shard, part)
                else:
                    bar.update(len(part))
                graphs += part
        self.train(training)
        self.report = sampler.report
        return graphs

    report: SampleReport = SampleReport()

    def fingerprint(self) -> float:
        """A number that tells models of the same settings apart."""
        parts = [p.detach().double().abs().sum() for p in self.parameters()]
        return float(torch.stack(parts).sum())

    def save(self, path: str | os.PathLike) -> None:
        r"""Writes ``model.safetensors`` and ``config.json`` into a folder.

        Args:
            path (str or Path): The folder, made if needed.
        """
        from safetensors.torch import save_file

        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        tensors = {name: value.contiguous().cpu() for name, value in self.state_dict().items()}
        config = {"format": _FORMAT, "version": __version__, "config": self.config.to_dict()}
        # Both are complete or absent; the config comes last, without which there is no model.
        weights = folder / "model.safetensors.part"
        save_file(tensors, weights)
        os.replace(weights, folder / "model.safetensors")
        text = folder / "config.json.part"
        text.write_text(json.dumps(config, indent=2) + "\n")
        os.replace(text, folder / "config.json")

    @classmethod
    def from_pretrained(cls, path: str | os.PathLike, device: str | torch.device = "cpu") -> "PARD":
        r"""Reads what :meth:`save` has written, in evaluation mode.

        Args:
            path (str or Path): The folder.
            device (str or torch.device, optional): Where to put it. (default: ``"cpu"``)

        Raises:
            FileNotFoundError: If there is no model.
            ValueError: If it is of another format, damaged, or does not fit its config.
        """
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        folder = Path(path)
        for name in ("config.json", "model.safetensors"):
            if not (folder / name).is_file():
                raise FileNotFoundError(f"'path' holds no model: there is no '{folder / name}'")
        try:
            content = json.loads((folder / "config.json").read_text())
            if content["format"] != _FORMAT:
                raise ValueError(
                    f"'path' holds a model of format {content['format']}, written by version "
                    f"{content.get('version')} (this version {__version__} reads format {_FORMAT})"
                )
            model = cls(PARDConfig.from_dict(content["config"]))
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise ValueError(f"'{folder / 'config.json'}' is not a config: {error!r}") from error
        try:
            model.load_state_dict(load_file(folder / "model.safetensors"))
        except SafetensorError as error:
            raise ValueError(f"'{folder / 'model.safetensors'}' is damaged: {error}") from error
        except RuntimeError as error:
            raise ValueError(f"The weights in '{folder}' do not fit its config: {error}") from error
        return model.to(device).eval()

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}(\n  denoiser={self.denoiser},\n  "
            f"predictor={self.predictor},\n  num_steps={self.num_steps}, "
            f"max_hops={self.config.statistics.max_hops}\n)"
        )


def _cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    logits = logits if logits.dtype == torch.double else logits.float()
    target = target.clamp_max(logits.size(-1) - 1)
    return F.cross_entropy(logits.movedim(-1, 1), target, reduction="none")
