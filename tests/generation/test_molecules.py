import pytest
import torch
from torch_geometric.data import Batch

from pyg_symm.chem import MoleculeVocabulary, from_smiles, judge_all
from pyg_symm.generation import MoleculeSamples

VOCABULARY = MoleculeVocabulary(["C", "N", "O"])


def sample_of(*smiles, given=0):
    """One sample out of molecules side by side, the first nodes of which were given."""
    data = Batch.from_data_list([from_smiles(text, VOCABULARY) for text in smiles])
    origin = torch.full((data.num_nodes,), -1)
    origin[:given] = torch.arange(given)
    for key in ("batch", "ptr", "smiles"):
        data.pop(key)
    data = data.__class__.__bases__[-1].from_dict(data.to_dict())
    if given:
        data.origin = origin
    return data


def test_the_piece_with_the_given_atoms_is_the_molecule():
    sample = sample_of("C1CC1", "CCCCO", given=3)
    assert MoleculeSamples.of([sample], VOCABULARY).smiles == ["C1CC1"]
    assert MoleculeSamples.of([sample], VOCABULARY, "all").smiles == ["C1CC1.CCCCO"]
    without = sample_of("C1CC1", "CCCCO")
    assert MoleculeSamples.of([without], VOCABULARY).smiles == ["CCCCO"]


def test_without_given_atoms_it_is_what_published_tables_count():
    samples = [sample_of("CCN", "CCO"), sample_of("CCO", "CCN"), sample_of("CC"), sample_of("CC")]
    invalid = sample_of("CC")
    invalid.x = torch.full_like(invalid.x, 2)
    invalid.edge_attr = torch.full_like(invalid.edge_attr, 3)
    samples.append(invalid)
    molecules = MoleculeSamples.of(samples, VOCABULARY)
    smiles, shares = judge_all(samples, VOCABULARY)
    assert molecules.smiles == smiles == ["CCN", "CCN", "CC", "CC", None]
    assert molecules.shares == shares
    assert shares["fragmented"] == 0.4 and shares["unique"] == 0.5
    assert molecules.graphs[-1] is invalid and molecules.graphs[0].num_nodes == 3


def test_bad_input():
    with pytest.raises(ValueError, match="'pieces' must be one of .*got 'some'"):
        MoleculeSamples.of([sample_of("C")], VOCABULARY, "some")
    with pytest.raises(ValueError, match="'samples' must not be empty"):
        MoleculeSamples.of([], VOCABULARY)
