import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symm.chem import MoleculeError, MoleculeVocabulary, from_smiles, judge, judge_all

MOSES = MoleculeVocabulary.moses()
C, N, S, O = range(4)  # noqa: E741


def graph(atoms, bonds):
    table = [*bonds, *((j, i, kind) for i, j, kind in bonds)]
    table = torch.tensor(sorted(table), dtype=torch.long).view(-1, 3)
    x = torch.tensor(atoms, dtype=torch.long).view(-1, 1)
    return Data(x=x, edge_index=table[:, :2].t(), edge_attr=table[:, 2])


def star(center, leaves, kind=1):
    return graph([center, *leaves], [(0, i + 1, kind) for i in range(len(leaves))])


def test_real_molecules(nci_smiles):
    vocabulary = MoleculeVocabulary.nci()
    for text in nci_smiles[::2]:
        try:
            data = from_smiles(text, vocabulary)
        except MoleculeError:
            continue
        verdict = judge(data, vocabulary)
        assert verdict == (data.smiles, None, 1) and verdict.valid
        assert judge(data, vocabulary, relaxed=True) == verdict


def test_largest_fragment():
    graphs = [from_smiles(text, MOSES) for text in ("CC", "c1ccccc1", "O")]
    verdict = judge(Batch.from_data_list(graphs), MOSES)
    assert verdict == ("c1ccccc1", None, 3)
    # Of equals the first by its letters, in any order.
    graphs = [from_smiles(text, MOSES) for text in ("CCO", "CCN")]
    assert judge(Batch.from_data_list(graphs), MOSES).smiles == "CCN"
    assert judge(Batch.from_data_list(graphs[::-1]), MOSES).smiles == "CCN"


def test_all_of_it_must_be_valid():
    """One wrong fragment makes the graph invalid, also if the largest is right."""
    wrong = graph([C, O, C, C, C, C], [(0, 1, 3), (2, 3, 1), (3, 4, 1), (4, 5, 1)])
    assert judge(wrong, MOSES) == (None, "valence", 2)


def test_causes():
    assert judge(star(C, 5 * [C]), MOSES) == (None, "valence", 1)
    assert judge(graph([], []), MOSES) == (None, "empty", 0)
    aromatic = MoleculeVocabulary.moses("aromatic")
    pyrrole = from_smiles("c1cc[nH]c1", aromatic)
    assert judge(pyrrole, aromatic) == (None, "kekulization", 1)


def test_relaxed():
    ammonium = star(N, 4 * [C])
    assert judge(ammonium, MOSES) == (None, "valence", 1)
    assert judge(ammonium, MOSES, relaxed=True) == ("C[N+](C)(C)C", None, 1)
    assert judge(star(O, 3 * [C]), MOSES, relaxed=True).smiles == "C[O+](C)C"
    # By more than one, or on another element, nothing helps.
    assert judge(star(N, 5 * [C]), MOSES, relaxed=True).cause == "valence"
    assert judge(star(C, 5 * [C]), MOSES, relaxed=True).cause == "valence"


def test_shares_of_nothing_are_refused():
    with pytest.raises(ValueError, match="'graphs' must not be empty"):
        judge_all([], MOSES)


def test_all_at_once_counts_what_one_by_one_says():
    ethanol, oxide = from_smiles("CCO", MOSES), star(C, [O], kind=3)
    apart = graph([C, C, O], [(0, 1, 1)])
    smiles, shares = judge_all([ethanol, ethanol, apart, oxide], MOSES)
    assert smiles == ["CCO", "CCO", "CC", None]
    assert shares == {
        "valid": 0.75,
        "unique": 2 / 3,
        "fragmented": 0.25,
        "invalid": {"valence": 0.25},
    }
