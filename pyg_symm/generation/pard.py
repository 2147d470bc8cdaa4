"""PARD: a generator of graphs, block by block."""

import os
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Batch, Data

from pyg_symm.graphs import BlockGraphs
from pyg_symm.utils import Noise, check_sizes

from .config import GraphStatistics, PARDConfig
from .generate import SamplingRun, evaluating
from .networks import PARDNetworks
from .options import SampleOptions
from .pretrained import load_model, save_model
from .slots import SampleReport
from .terms import likelihood_bound, training_loss


class PARD(PARDNetworks):
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

    Attributes:
        report (SampleReport): What the last run of sampling did.

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

    def __init__(self, config: PARDConfig) -> None:
        super().__init__(config)
        self.report = SampleReport()

    @classmethod
    def for_graphs(
        cls,
        statistics: GraphStatistics,
        vocabulary: dict[str, Any] | None = None,
        **settings: Any,
    ) -> "PARD":
        """Builds a generator from settings of :class:`PARDConfig` by name, as config files do."""
        return cls(PARDConfig(statistics, vocabulary=vocabulary, **settings))

    def loss(
        self, graphs: BlockGraphs, generator: torch.Generator | Noise | None = None
    ) -> dict[str, Tensor]:
        r"""The training loss, averaged over graphs.

        .. math::
            \sum_i \big( \mathrm{KL}_t + c\, \mathrm{CE} \big) + \mathrm{CE}(s) + \mathrm{CE}(d),

        with one step :math:`t` of all blocks of a graph, drawn uniformly; the first sum runs over
        all nodes and pairs.

        Args:
            graphs (BlockGraphs): Clean graphs.
            generator (torch.Generator or Noise, optional): The source of randomness; one seed is
                drawn from a generator. (default: PyTorch's default generator)

        Returns:
            dict: ``"loss"`` and its parts ``"bound"``, ``"cross_entropy"``, ``"size"`` and
            ``"degree"``, each in nats a graph; the bound is that of one step of :math:`T`.
        """
        return training_loss(self, graphs, Noise.of(generator))

    @torch.no_grad()
    def log_likelihood(
        self,
        data: Sequence[Data] | Batch | Data,
        num_samples: int = 1,
        generator: torch.Generator | Noise | None = None,
        batch_size: int = 128,
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
            data (list, Batch or Data): Graphs. Their ``block_id``, if any, is ignored.
            num_samples (int, optional): Draws of noise for every step. (default: :obj:`1`)
            generator (torch.Generator or Noise, optional): The source of noise; one seed is drawn
                from a generator. (default: PyTorch's default generator)
            batch_size (int, optional): The most graphs at a time. (default: :obj:`128`)

        Returns:
            torch.Tensor: The bounds in nats :math:`(B)`; divide by :math:`-\log 2` for bits. It is
            :math:`-\infty` where the first block is larger than any that was seen.
        """
        check_sizes(1, num_samples=num_samples, batch_size=batch_size)
        if isinstance(data, Batch):
            data = data.to_data_list()
        graphs = [data] if isinstance(data, Data) else list(data)
        if not graphs:
            return torch.zeros(0, dtype=torch.double)
        noise = Noise.of(generator)
        with evaluating(self):
            parts = [
                likelihood_bound(
                    self, self.graphs(graphs[i : i + batch_size]), num_samples, noise, i
                )
                for i in range(0, len(graphs), batch_size)
            ]
        return torch.cat(parts)

    def sample(
        self, n: int, generator: torch.Generator | None = None, **options: Any
    ) -> list[Data]:
        r"""Generates graphs.

        Args:
            n (int): The number of graphs.
            generator (torch.Generator, optional): The source of randomness. Results depend only on
                one seed drawn from it. (default: PyTorch's default generator)
            **options (optional): ``batch_size``, ``max_nodes``, ``min_nodes``, ``progress``,
                ``num_steps``, ``temperature``, ``constraints``, ``compile`` and ``resume``, see
                :class:`~pyg_symm.generation.SampleOptions`.

        Returns:
            list: Graphs with ``x`` :math:`(N, 1)`, ``edge_index`` of both directions,
            ``edge_attr``, and the blocks they were generated in, ``block_id`` and ``num_blocks``.
            What the run did is in :attr:`report`.

        Raises:
            ValueError: If an argument is out of range, or the folder of finished graphs belongs to
                another run.
        """
        return self._run(SamplingRun(self, n, generator, SampleOptions(**options)))

    def extend(
        self, data: Data, n: int = 1, generator: torch.Generator | None = None, **options: Any
    ) -> list[Data]:
        r"""Generates graphs that contain a given one.

        The given graph makes up the first blocks, in its own structural order, and stays as it is:
        later blocks only add nodes, and edges to them. It is not enforced that these are also the
        first blocks of the finished graph's own order. The model works best if they are, as for
        ring systems and other cores; :func:`~pyg_symm.generation.path_consistency` tells for which
        samples they are. Its nodes come first in every sample, sorted by block. ``origin`` has the
        node of ``data`` for each of them, and -1 for new nodes.

        Args:
            data (Data): The graph to keep, with classes as in training.
            n (int, optional): The number of graphs. (default: :obj:`1`)
            generator (torch.Generator, optional): As in :meth:`sample`.
            **options (optional): As in :meth:`sample`.

        Returns:
            list: Graphs as from :meth:`sample`.

        Raises:
            ValueError: If the graph is not of the kind the model knows, has more nodes than are
                allowed, or breaks the bounds on valence in ``constraints``.
        """
        return self._run(SamplingRun(self, n, generator, SampleOptions(**options), data))

    def _run(self, run: SamplingRun) -> list[Data]:
        graphs = run()
        self.report = run.report
        return graphs

    def save(self, path: str | os.PathLike) -> None:
        r"""Writes ``model.safetensors`` and ``config.json`` into a folder.

        Args:
            path (str or Path): The folder, made if needed.
        """
        save_model(path, self.state_dict(), self.config)

    @classmethod
    def from_pretrained(cls, path: str | os.PathLike, device: str | torch.device = "cpu") -> "PARD":
        r"""Reads what :meth:`save` has written, in evaluation mode.

        Args:
            path (str or Path): The folder, or that of the training run that wrote it, or the name
                of a bundled model: ``"qm9"`` or ``"moses"``.
            device (str or torch.device, optional): Where to put it. (default: ``"cpu"``)

        Raises:
            FileNotFoundError: If there is no model.
            ValueError: If it is of another format, damaged, or does not fit its config.
        """
        return load_model(path, cls).to(device).eval()
