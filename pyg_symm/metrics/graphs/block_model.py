"""A test of whether graphs come from a stochastic block model."""

from dataclasses import dataclass

import networkx as nx
import numpy as np
from scipy.special import chdtrc

from .block_fit import count_blocks, fit_blocks


@dataclass(frozen=True)
class BlockModelTest:
    r"""Whether a graph looks like one of a stochastic block model.

    The test of `"SPECTRE" <https://arxiv.org/abs/2204.01613>`_: blocks are fitted, see
    :func:`fit_blocks`; their number and sizes must be within limits; and over all pairs of blocks,
    each with itself included, the mean probability of a Wald statistic must exceed a threshold:

    .. math::
        W_{rs} = \frac{(\hat{p}_{rs} - p_{rs})^2}{\hat{p}_{rs} (1 - \hat{p}_{rs}) + 10^{-6}},
        \quad \Pr(\chi^2_1 > W_{rs})

    As there, the variance is that of one edge, not that of the estimate.

    Args:
        num_blocks (tuple, optional): Least and largest number. (default: :obj:`(2, 5)`)
        block_size (tuple, optional): Least and largest size. (default: :obj:`(20, 40)`)
        p_in (float, optional): Probability of an edge in a block. (default: :obj:`0.3`)
        p_out (float, optional): The same between two blocks. (default: :obj:`0.005`)
        threshold (float, optional): What the mean probability must exceed. (default: :obj:`0.9`)

    Examples:
        >>> graph = nx.planted_partition_graph(3, 30, 0.3, 0.005, seed=0)
        >>> BlockModelTest()(graph), BlockModelTest()(nx.gnp_random_graph(90, 0.1, seed=0))
        (True, False)
    """

    num_blocks: tuple[int, int] = (2, 5)
    block_size: tuple[int, int] = (20, 40)
    p_in: float = 0.3
    p_out: float = 0.005
    threshold: float = 0.9

    def __call__(self, graph: nx.Graph) -> bool:
        # Graphs out of any limits are refused before anything is fitted to them.
        largest = self.num_blocks[1] * self.block_size[1]
        if not self.num_blocks[0] * self.block_size[0] <= len(graph) <= largest:
            return False
        adjacency = nx.to_numpy_array(graph, weight=None)
        block = fit_blocks(adjacency, max_blocks=self.num_blocks[1] + 3)
        sizes = np.bincount(block)
        if not self.num_blocks[0] <= len(sizes) <= self.num_blocks[1]:
            return False
        if sizes.min() < self.block_size[0] or sizes.max() > self.block_size[1]:
            return False
        return self.probability(adjacency, block) > self.threshold

    def probability(self, adjacency: np.ndarray, block: np.ndarray) -> float:
        """The mean probability of the statistics for a graph and its blocks."""
        sizes, edges = count_blocks(adjacency, block)
        eye = np.eye(len(sizes))
        # Both directions of an edge count, and so do those of a pair.
        found = edges * (1 + eye) / (sizes[:, None] * sizes - eye * sizes + 1e-6)
        wald = (found - np.where(eye, self.p_in, self.p_out)) ** 2 / (found * (1 - found) + 1e-6)
        return float(chdtrc(1, np.abs(wald)).mean())
