import json
import pickle

import pytest

from pyg_symm.chem import MoleculeVocabulary
from pyg_symm.chem.vocabulary import parse_atom

READY = [
    MoleculeVocabulary.moses(),
    MoleculeVocabulary.moses(bonds="aromatic"),
    MoleculeVocabulary.qm9(),
    MoleculeVocabulary.qm9(explicit_hydrogens=False, charges=True),
    MoleculeVocabulary.zinc250k(),
    MoleculeVocabulary.zinc250k(charges=True),
    MoleculeVocabulary.nci(),
]


@pytest.mark.parametrize("vocabulary", READY, ids=str)
def test_json_round_trip(vocabulary):
    again = MoleculeVocabulary.from_dict(json.loads(json.dumps(vocabulary.to_dict())))
    assert again == vocabulary and hash(again) == hash(vocabulary)
    assert pickle.loads(pickle.dumps(vocabulary)) == vocabulary


@pytest.mark.parametrize("vocabulary", READY, ids=str)
def test_sizes(vocabulary):
    assert vocabulary.num_atom_classes == len(vocabulary.atoms) == len(vocabulary.max_valence)
    assert vocabulary.num_bond_classes == len(vocabulary.bond_names) == len(vocabulary.bond_orders)
    assert vocabulary.bond_names[0] == "none" and vocabulary.bond_orders[0] == 0


def test_bonds():
    assert MoleculeVocabulary.moses().bond_orders.tolist() == [0, 1, 2, 3]
    assert MoleculeVocabulary.moses("aromatic").bond_orders.tolist() == [0, 1, 2, 3, 1.5]


def test_max_valence():
    atoms = ["H", "B", "C", "N", "O", "F", "P", "S", "Cl", "N+", "O-", "O+", "N-", "C-", "B-"]
    expected = [1, 3, 4, 3, 2, 1, 5, 6, 1, 4, 1, 3, 2, 3, 4]
    assert MoleculeVocabulary(atoms).max_valence.tolist() == expected
    assert MoleculeVocabulary(["Fe"]).max_valence.tolist() == [8]


def test_frozen():
    with pytest.raises(AttributeError):
        MoleculeVocabulary(["C"]).bonds = "aromatic"


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"atoms": []}, r"'atoms' must be a list of symbols \(got \[\]\)"),
        ({"atoms": "CN"}, r"'atoms' must be a list of symbols \(got 'CN'\)"),
        ({"atoms": ["C", "c"]}, r"such as 'N\+' \(got 'c'\)"),
        ({"atoms": ["C", 7]}, r"such as 'N\+' \(got 7\)"),
        ({"atoms": ["C", "+N"]}, r"such as 'N\+' \(got '\+N'\)"),
        ({"atoms": ["C", "N", "C"]}, r"twice \(got \['C', 'N', 'C'\]\)"),
        ({"atoms": ["N+", "N+1"]}, r"twice"),
        ({"atoms": ["C"], "bonds": "dative"}, r"'bonds' must be .* \(got 'dative'\)"),
        ({"atoms": ["C"], "explicit_hydrogens": True}, r"must have 'H' .* \(got \['C'\]\)"),
    ],
)
def test_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        MoleculeVocabulary(**arguments)


def test_no_such_element():
    with pytest.raises(ValueError, match=r"'atoms' has no such element \(got 'Xx'\)"):
        MoleculeVocabulary(["C", "Xx"])


def test_parse_atom():
    assert [parse_atom(a) for a in ("C", "N+", "O-1", "Co+3")] == [
        ("C", 0),
        ("N", 1),
        ("O", -1),
        ("Co", 3),
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        None,
        [],
        {},
        {"atoms": "CNO"},
        {"atoms": [6, 7]},
        {"atoms": ["C"], "bonds": ["kekule"]},
        {"atoms": ["C"], "bond": "kekule"},
        {"atoms": ["H"], "explicit_hydrogens": "yes"},
        {"atoms": ["Xx"]},
    ],
)
def test_damaged_vocabularies(arguments):
    with pytest.raises(ValueError, match="vocabulary has|atoms|bonds|explicit_hydrogens"):
        MoleculeVocabulary.from_dict(arguments).max_valence  # noqa: B018
