import pytest
import torch
from torch_geometric.data import Data

from pyg_symm.causal.descriptors import describe_graphs, describe_molecules
from pyg_symm.chem import DESCRIPTORS, parse_smiles
from pyg_symm.chem.counts import COUNTS, molecule_counts
from pyg_symm.chem.descriptors import descriptors


def test_molecules():
    smiles = ["CCO", "", "c1ccccc1O", "C1CC1c1ccccc1"]
    found = describe_molecules(smiles)
    assert found.names == (*COUNTS, *DESCRIPTORS) and found.kept.tolist() == [0, 2, 3]
    assert found.scaffolds == ["no rings", "c1ccccc1", "c1ccc(C2CC2)cc1"]
    mol = parse_smiles("C1CC1c1ccccc1")[0]
    assert found.values[2].tolist() == [*molecule_counts(mol), *descriptors(mol)]
    with pytest.raises(ValueError, match="'smiles' must have at least one molecule .got 2 lines"):
        describe_molecules(["", "c1cccc1"])


def test_graphs():
    ring = torch.tensor([[0, 1, 2, 3], [1, 2, 3, 0]])
    found = describe_graphs(
        [Data(edge_index=ring, num_nodes=4), Data(edge_index=ring[:, :1], num_nodes=2)]
    )
    table = dict(zip(found.names, found.values.T.tolist(), strict=True))
    assert table["cycles"] == [1, 0] and table["nodes"] == [4, 2] and table["leaves"] == [0, 1]
    with pytest.raises(ValueError, match="'graphs' must have at least one graph"):
        describe_graphs([])
