import copy

import pytest
import torch

from pyg_symm.chem import MoleculeVocabulary, nci_file, read_smiles
from pyg_symm.datasets import SmilesGraphs
from pyg_symm.datasets import limits as module
from pyg_symm.datasets.limits import LIMITS, limited_sizes
from pyg_symm.generation import GraphStatistics

SMILES = ["C", "CC(C)(C)C", "C1CCCCC1", "CCCCCCCCCCCC", "c1ccccc1CC", "C(", "[Na]C", "C[S-]"]


@pytest.fixture
def dataset(tmp_path):
    return SmilesGraphs(SMILES, root=str(tmp_path))


def test_sizes_are_those_that_a_model_is_built_for(tmp_path):
    dataset = SmilesGraphs(read_smiles(nci_file())[:400:3], root=str(tmp_path))
    sizes = limited_sizes(dataset._columns, dataset._chosen(None))
    for i, data in enumerate(dataset):
        statistics = GraphStatistics.of([data], 17, 4)
        assert {name: int(sizes[name][i]) for name in LIMITS} == {
            name: getattr(statistics, name) for name in LIMITS
        }


def test_within(dataset, monkeypatch):
    monkeypatch.setattr(module, "_CHUNK", 2)
    part = dataset.within(max_nodes=8, max_blocks=1)
    assert part.all_smiles() == ["C", "C1CCCCC1"]
    assert part.left_out == {"max_nodes": 1, "max_blocks": 2}
    assert part.within(max_nodes=5).left_out == {"max_nodes": 2, "max_blocks": 2}
    assert dataset.left_out == {} and len(dataset) == 5
    assert part.batch([1, 0]).num_nodes == 7 and len(copy.deepcopy(part)) == 2
    assert torch.equal(part.sizes, torch.tensor([1, 6]))


def test_summary(dataset):
    assert dataset.summary() == (
        "SmilesGraphs: 3 of 8 molecules refused: 1 for text that is not a SMILES string (C(), "
        "1 for an element that is not in the vocabulary ([Na]C), "
        "1 for a charge that is not in the vocabulary (C[S-]); 5 graphs"
    )
    assert (
        dataset.within(max_nodes=8)
        .summary()
        .endswith("1 left out by limits: 1 by max_nodes; 4 graphs")
    )


def test_the_limits_and_the_vocabulary_of_a_model(tmp_path):
    vocabulary = MoleculeVocabulary(["C"]).to_dict()
    limits = {"max_nodes": 6, "max_size": 5}
    dataset = SmilesGraphs(SMILES, vocabulary, str(tmp_path), limits=limits)
    assert dataset.all_smiles() == ["C", "CC(C)(C)C"]
    assert dataset.refused == {"syntax": 1, "atom": 2}
    assert dataset.left_out == {"max_nodes": 2, "max_size": 1}
    with pytest.raises(ValueError, match=r"no molecule that can be used .*max_nodes"):
        SmilesGraphs(["CC"], vocabulary, str(tmp_path), limits={"max_nodes": 1})


def test_unknown_limits(dataset):
    with pytest.raises(ValueError, match=r"'limits' must be some of .* \(got 'max_atoms'\)"):
        dataset.within(max_atoms=3)
    with pytest.raises(ValueError, match=r"'max_nodes' must be positive \(got 0\)"):
        dataset.within(max_nodes=0)
