"""Sets of molecules, of which a few good and different ones are wanted."""

from collections.abc import Callable

import numpy as np
import torch
from torch_geometric.data import Data

from pyg_symm.chem.similarity import cluster_centres, tanimoto

from .compound_pool import CompoundPool, read_compounds, scaffold_split
from .splits import check_split
from .subset_sets import SubsetDataset


class CompoundSubsets(SubsetDataset):
    r"""Sets of molecules; the optimal subset are different ones with high scores.

    The third of a set with the highest scores is clustered by Tanimoto similarity; the subset has
    the centres of the clusters. This is the oracle of the `"Learning Neural Set Functions Under the
    Optimal Subset Oracle" <https://arxiv.org/abs/2203.01693>`_ paper, with
    :func:`~pyg_symm.chem.similarity.cluster_centres` for its clusters. Molecules are split by
    scaffolds before sets are drawn: no scaffold is in sets of two splits.

    Features ``x`` are Morgan fingerprints of 1,024 bits. Each set also has ``compound``
    :math:`(n)`, the numbers of its molecules in :attr:`pool`.

    Args:
        path (str, optional): A file of SMILES. (default: 4,999 molecules of the National Cancer
            Institute that are installed with rdkit)
        score (str, optional): A property, one of :data:`~pyg_symm.chem.DESCRIPTORS`, or the name of
            a column of numbers. (default: ``"QED"``)
        split (str, optional): ``"train"``, ``"val"`` or ``"test"``. (default: ``"train"``)
        num_sets (int, optional): The number of sets. (default: :obj:`500`)
        size (int, optional): The number of molecules of a set. (default: :obj:`30`)
        cutoff (float, optional): The similarity of molecules of one cluster, at least.
            (default: :obj:`0.2`)
        limit (int, optional): Read at most this many lines of the file. (default: all)
        seed (int, optional): Splits and sets are a function of it. (default: :obj:`0`)
        transform (Callable, optional): Applied to a set at every access.

    Raises:
        ValueError: If a split has fewer molecules than a set, or a score is not a number.

    Attributes:
        pool (CompoundPool): The molecules of the split.

    Examples:
        >>> dataset = CompoundSubsets(num_sets=10, limit=600)
        >>> dataset[0].x.shape, int(dataset[0].y.sum()) <= 10
        (torch.Size([30, 1024]), True)
    """

    pool: CompoundPool

    def __init__(
        self,
        path: str | None = None,
        score: str = "QED",
        split: str = "train",
        num_sets: int = 500,
        size: int = 30,
        cutoff: float = 0.2,
        limit: int | None = None,
        seed: int = 0,
        transform: Callable | None = None,
    ) -> None:
        check_split(split)
        if size < 3:
            raise ValueError(f"'size' must be at least three (got {size})")
        if not 0 < cutoff <= 1:
            raise ValueError(f"'cutoff' must be in (0, 1] (got {cutoff})")
        whole = read_compounds(path, score, limit)
        self.pool = whole.take(scaffold_split(whole.scaffold, split, seed))
        if len(self.pool.smiles) < size:
            raise ValueError(
                f"'size' must be at most the number of molecules of the {split} split, "
                f"{len(self.pool.smiles)} (got {size})"
            )
        self.score, self.size, self.cutoff = score, size, cutoff
        super().__init__(split, num_sets, seed, transform)

    def draw(self, num_sets: int, generator: torch.Generator) -> list[Data]:
        bits = torch.from_numpy(self.pool.bits).to(torch.get_default_dtype())
        sets = []
        for _ in range(num_sets):
            chosen = torch.randperm(len(bits), generator=generator)[: self.size]
            members = optimal_compounds(
                self.pool.score[chosen.numpy()], self.pool.bits[chosen.numpy()], self.cutoff
            )
            y = torch.zeros(self.size, dtype=torch.bool)
            y[torch.from_numpy(members)] = True
            sets.append(Data(x=bits[chosen], y=y, compound=chosen))
        return sets


def optimal_compounds(score: np.ndarray, bits: np.ndarray, cutoff: float) -> np.ndarray:
    r"""The centres of clusters of the third of molecules with the highest scores, ascending.

    Args:
        score (numpy.ndarray): Scores :math:`(n)`.
        bits (numpy.ndarray): Fingerprints :math:`(n, 1024)`.
        cutoff (float): The similarity of molecules of one cluster, at least.
    """
    best = np.argsort(-score, kind="stable")[: max(1, len(score) // 3)]
    return np.sort(best[cluster_centres(tanimoto(bits[best]), cutoff)])
