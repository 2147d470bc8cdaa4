"""Descriptors of graphs and molecules, one row each."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from torch_geometric.data import Batch, Data

from pyg_symm.chem import DESCRIPTORS, parse_smiles
from pyg_symm.chem.counts import COUNTS, molecule_counts
from pyg_symm.chem.descriptors import descriptors, scaffold
from pyg_symm.graphs.statistics import STATISTICS, graph_statistics


class Descriptors(NamedTuple):
    r"""A table of descriptors.

    Attributes:
        values: The descriptors of each row :math:`(n, d)`.
        names: Their names.
        kept: The number of the graph of each row :math:`(n)`.
        scaffolds: The scaffolds of molecules; empty for graphs.
    """

    values: np.ndarray
    names: tuple[str, ...]
    kept: np.ndarray
    scaffolds: list[str]


def describe_molecules(smiles: Sequence[str]) -> Descriptors:
    r"""The counts and properties of molecules: :data:`~pyg_symm.chem.counts.COUNTS` and
    :data:`~pyg_symm.chem.DESCRIPTORS`.

    Args:
        smiles (list): Molecules. Those that rdkit refuses have no row.

    Raises:
        ValueError: If there is no molecule.

    Examples:
        >>> found = describe_molecules(["Cc1ccccc1", "no molecule", "CCO"])
        >>> found.values[:, found.names.index("heavy_atoms")], found.kept, found.scaffolds
        (array([7., 3.]), array([0, 2]), ['c1ccccc1', 'no rings'])
    """
    rows, kept, scaffolds = [], [], []
    for i, one in enumerate(smiles):
        mol, _ = parse_smiles(one)
        if mol is None or mol.GetNumAtoms() == 0:
            continue
        rows.append([*molecule_counts(mol), *descriptors(mol)])
        kept.append(i)
        scaffolds.append(scaffold(mol, min_rings=1) or "no rings")
    if not rows:
        raise ValueError(f"'smiles' must have at least one molecule (got {len(smiles)} lines)")
    return Descriptors(np.array(rows, dtype=float), COUNTS + DESCRIPTORS, np.array(kept), scaffolds)


def describe_graphs(graphs: Sequence[Data]) -> Descriptors:
    r"""Sizes, cycles and degrees of graphs: :data:`~pyg_symm.graphs.statistics.STATISTICS`.

    Args:
        graphs (list): Graphs of PyG, or a data set of them.

    Raises:
        ValueError: If there is no graph.

    Examples:
        >>> import torch
        >>> path = Data(edge_index=torch.tensor([[0, 1], [1, 2]]), num_nodes=3)
        >>> found = describe_graphs([path])
        >>> found.values[:, found.names.index("edges")]
        array([2.])
    """
    if len(graphs) == 0:
        raise ValueError("'graphs' must have at least one graph (got none)")
    batch = Batch.from_data_list(
        [Data(edge_index=graph.edge_index, num_nodes=graph.num_nodes) for graph in graphs]
    )
    values = graph_statistics(batch.edge_index, batch.batch, len(graphs))
    return Descriptors(values.cpu().numpy(), STATISTICS, np.arange(len(graphs)), [])
