import csv
import json

import pytest
from torch_geometric.data import Data

from pyg_symm.chem import MoleculeVocabulary, from_smiles
from pyg_symm.datasets import GenericGraphs
from pyg_symm.datasets.graph_files import write_graphs
from pyg_symm.metrics import graph_table

SIZES = {"num_graphs": 25, "num_nodes": 8}


@pytest.fixture
def options(tmp_path):
    samples = tmp_path / "samples.g6"
    trees = list(GenericGraphs("tree", "train", seed=1, **SIZES))
    write_graphs(samples, trees + list(GenericGraphs("planar", "test", **SIZES)))
    return {
        "samples": samples,
        "family": "tree",
        **{f"+sizes.{name}": value for name, value in SIZES.items()},
        "run_dir": tmp_path / "run",
        "progress": "false",
    }


def test_table_of_graphs(options, capsys, evaluated):
    content = evaluated(options, "reference_line=true")
    train, test = (list(GenericGraphs("tree", split, **SIZES)) for split in ("train", "test"))
    samples = list(GenericGraphs("tree", "train", seed=1, **SIZES))
    samples += list(GenericGraphs("planar", "test", **SIZES))
    assert content["samples"] == graph_table(samples, train, test, "tree")
    assert content["samples"]["valid"] == 16 / 21
    assert content["train"]["valid"] == 1 and content["train"]["novel"] == 0
    assert content["train"]["num_graphs"] == 16  # There are no more.
    assert "causes" not in content
    text = capsys.readouterr().out
    assert (
        f"{'valid':>10}  {16 / 21:>7.4f}   1.0000" in text
        and "compared with 16 training and 5 test graphs" in text
    )
    folder = options["run_dir"]
    assert json.loads((folder / "table.json").read_text()) == content
    with (folder / "table.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["set"] for row in rows] == ["samples", "train"]
    assert "family: tree" in (folder / "config.yaml").read_text()


def test_what_is_valid_can_be_chosen(options, capsys, evaluated):
    assert evaluated(options, "kind=planar")["samples"]["valid"] == 1


def test_bad_input_leaves_no_folder(options, tmp_path, evaluated):
    with pytest.raises(ValueError, match="'family' must be given for graphs"):
        evaluated({**options, "family": "null"})
    with pytest.raises(ValueError, match="'family' must be one of.*'forest'"):
        evaluated({**options, "family": "forest"})
    with pytest.raises(ValueError, match="'kind' must be one of.*'round'"):
        evaluated(options, "kind=round")
    with pytest.raises(ValueError, match=r"'kind' must be given.*\['num_nodes'\] for 'community'"):
        evaluated({**options, "family": "community"})
    with pytest.raises(ValueError, match="'sizes' must be those of a family.*leaves"):
        evaluated(options, "+sizes.leaves=3")
    with pytest.raises(FileNotFoundError, match="nowhere.g6"):
        evaluated({**options, "samples": tmp_path / "nowhere.g6"})
    (tmp_path / "empty.g6").write_text("")
    with pytest.raises(ValueError, match="'samples' must hold at least one graph.*empty.g6"):
        evaluated({**options, "samples": tmp_path / "empty.g6"})
    assert not options["run_dir"].exists()


def test_molecules_are_no_graphs_of_a_family(options, tmp_path, evaluated):
    vocabulary = MoleculeVocabulary.moses()
    path = tmp_path / "molecules.pt"
    graphs = [from_smiles(smiles, vocabulary) for smiles in ("CCO", "C=C")]
    for keys in (["x", "edge_index", "edge_attr", "smiles"], ["x", "edge_index", "edge_attr"]):
        write_graphs(path, [Data.from_dict({k: g[k] for k in keys}) for g in graphs])
        with pytest.raises(ValueError, match="without labels .*molecules in '.*molecules.pt'"):
            evaluated({**options, "samples": path, "family": "planar"})
    unlabelled = [Data.from_dict({**g.to_dict(), "x": 0 * g.x, "smiles": None}) for g in graphs]
    for graph in unlabelled:
        del graph.smiles
    write_graphs(path, unlabelled)
    assert evaluated({**options, "samples": path})["samples"]["valid"] == 1
