import hashlib
import sys
from pathlib import Path

import pytest
import torch
from torch_geometric.utils import from_smiles

from pyg_symm.chem import nci_file, parse_smiles, toolkit
from pyg_symm.datasets import NCI5K, nci5k

rdkit = pytest.importorskip("rdkit")


@pytest.fixture
def first_lines(tmp_path, monkeypatch):
    """The first hundred molecules, one line that cannot be read and three that make no sense."""
    lines = Path(nci_file()).read_text().splitlines()[:100]
    bad = ["C1CC(\t101", "C(C)(C)(C)(C)C\t102", "CF=C\t103", "\t104"]
    path = tmp_path / "first_100.smi"
    path.write_text("\n".join(lines[:50] + bad + lines[50:]) + "\n")
    monkeypatch.setattr(nci5k, "nci_file", lambda: str(path))
    return [line.split("\t")[0] for line in lines]


def test_nci5k(tmp_path, first_lines):
    dataset = NCI5K(str(tmp_path))
    assert str(dataset) == "NCI5K(100)"
    assert dataset.refused == {"syntax": 1, "valence": 2, "empty": 1}
    assert [data.smiles for data in dataset] == first_lines
    raw = Path(dataset.raw_paths[0]).read_bytes()
    digest = hashlib.sha256(raw).hexdigest()
    assert dataset.source == {"sha256": digest, "rdkit": rdkit.__version__}
    expected = from_smiles(first_lines[7])
    assert dataset[7].keys() == expected.keys()
    for key in ("x", "edge_index", "edge_attr"):
        assert torch.equal(dataset[7][key], expected[key])

    (tmp_path / "NCI5K" / "raw" / "first_5K.smi").write_text("C\t1\n")
    again = NCI5K(str(tmp_path))
    assert len(again) == 100 and again.refused == dataset.refused
    # Before it is processed, a changed file is copied again.
    assert len(NCI5K(str(tmp_path), force_reload=True)) == 100
    assert Path(dataset.raw_paths[0]).read_bytes() == raw


FERROCENE = "CN(C)C[C-]12C3=C4C5=C1[Fe++]23456789[C-]%10C6=C7C8=C9%10"


def test_refused_is_what_rdkit_refuses():
    """A sandwich complex is read, although its carbons have a bond too many before clean-up."""
    lines = Path(nci_file()).read_text().splitlines()
    some = [line.split("\t")[0] for line in lines[3300:3420]]
    refused = [smiles for smiles in some if parse_smiles(smiles)[0] is None]
    assert refused == [smiles for smiles in some if from_smiles(smiles).num_nodes == 0]
    assert parse_smiles(FERROCENE)[1] is None and from_smiles(FERROCENE).num_nodes == 15


def test_without_rdkit(tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "rdkit"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "rdkit", None)
    toolkit.rdkit.cache_clear()
    with pytest.raises(ImportError, match=r"need rdkit; .* pip install rdkit"):
        NCI5K(str(tmp_path))


def test_features_without_a_number(tmp_path, first_lines, monkeypatch):
    def refuse(smiles):
        raise ValueError("17 is not in list")

    monkeypatch.setattr(nci5k, "from_smiles", lambda s: refuse(s) if "Br" in s else from_smiles(s))
    dataset = NCI5K(str(tmp_path))
    expected = [smiles for smiles in first_lines if "Br" not in smiles]
    assert [data.smiles for data in dataset] == expected
    assert dataset.refused["features"] == 100 - len(expected) > 0


def test_pre_filter_and_pre_transform(tmp_path, first_lines):
    small = NCI5K(str(tmp_path), pre_filter=lambda data: data.num_nodes < 10)
    assert 0 < len(small) < 100 and max(data.num_nodes for data in small) < 10
    assert sum(small.refused.values()) == 4  # What the user filters out is not refused.
    sized = NCI5K(str(tmp_path), pre_transform=lambda data: data.update({"n": data.num_nodes}))
    assert len(sized) == 100 and sized[0].n == sized[0].num_nodes == 9
