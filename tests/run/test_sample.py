import json

import pytest
import torch
from torch_geometric.data import Data

from pyg_symm.chem import MoleculeVocabulary, from_smiles, read_smiles
from pyg_symm.datasets.graph_files import read_graphs
from pyg_symm.generation import PARD, GraphStatistics
from pyg_symm.run import compose_config, sample

NETWORK = {"hidden_channels": 16, "edge_channels": 8, "num_layers": 1, "heads": 2}
SMILES = ["CCO", "C1CC1", "CC(=O)O", "c1ccccc1", "CCN", "C#N", "CC"]


@pytest.fixture(scope="module")
def molecules(tmp_path_factory):
    vocabulary = MoleculeVocabulary(["C", "N", "O"])
    data = [from_smiles(text, vocabulary) for text in SMILES]
    statistics = GraphStatistics.of(data, 3, vocabulary.num_bond_classes)
    torch.manual_seed(0)
    settings = {"num_steps": 3, "network": NETWORK, "shared_trunk": True}
    model = PARD.for_graphs(statistics, vocabulary.to_dict(), **settings)
    path = tmp_path_factory.mktemp("molecules")
    model.save(path / "model")
    return path


@pytest.fixture(scope="module")
def rings(tmp_path_factory):
    ring = Data(edge_index=torch.tensor([[0, 1, 2, 1, 2, 0], [1, 2, 0, 0, 1, 2]]), num_nodes=3)
    path = tmp_path_factory.mktemp("rings")
    torch.manual_seed(0)
    statistics = GraphStatistics.of([ring], 1, 2)
    PARD.for_graphs(statistics, num_steps=3, network=NETWORK).save(path)
    return path


def run(model, run_dir, *overrides):
    base = [f"model={model}", f"run_dir={run_dir}", "progress=false", "device=cpu"]
    return sample(compose_config("sample", [*base, *overrides]))


def test_molecules_in_every_format(molecules, tmp_path):
    out = "out=[a.smi,a.csv,a.sdf,a.pt,a.png,a.svg]"
    report = run(molecules, tmp_path, "num_samples=12", out)
    assert report["num_samples"] == 12 and 0 <= report["valid"] <= 1
    assert report["valid"] + sum(report["invalid"].values()) == pytest.approx(1)
    assert 0 <= report["path_consistency"] <= 1
    assert json.loads((tmp_path / "report.json").read_text()) == report
    lines = (tmp_path / "a.smi").read_text().splitlines()
    # A line a sample, and invalid ones are lines that no reader accepts.
    assert len(lines) == 12
    from rdkit import Chem, RDLogger

    RDLogger.DisableLog("rdApp.*")
    readable = [Chem.MolFromSmiles(line) is not None for line in lines]
    RDLogger.EnableLog("rdApp.*")
    assert sum(readable) / 12 == pytest.approx(report["valid"])
    assert len(torch.load(tmp_path / "a.pt", weights_only=False)) == 12
    assert len(read_smiles(str(tmp_path / "a.csv"))) == 12


def test_same_seed_same_samples_and_goes_on_after_a_kill(molecules, tmp_path):
    run(molecules, tmp_path / "a", "num_samples=6", "out=a.smi", "seed=3")
    run(molecules, tmp_path / "b", "num_samples=6", "out=a.smi", "seed=3")
    first = (tmp_path / "a" / "a.smi").read_text()
    assert first == (tmp_path / "b" / "a.smi").read_text()
    # What was finished is not made again, and other settings do not go on from it.
    run(molecules, tmp_path / "a", "num_samples=6", "out=a.smi", "seed=3")
    assert first == (tmp_path / "a" / "a.smi").read_text()
    with pytest.raises(ValueError, match="another run: seed is 3 there and 4 here"):
        run(molecules, tmp_path / "a", "num_samples=6", "out=a.smi", "seed=4")


def test_extension_contains_the_scaffold(molecules, tmp_path):
    run(molecules, tmp_path, "num_samples=8", "extend=C1CC1", "out=a.pt")
    for data in torch.load(tmp_path / "a.pt", weights_only=False):
        assert data.num_nodes >= 3 and (data.x[:3] == 0).all()


def test_several_scaffolds_out_of_a_file(molecules, tmp_path):
    file = tmp_path / "scaffolds.smi"
    file.write_text("C1CC1\nC=O\n")
    out = tmp_path / "run"
    report = run(molecules, out, "num_samples=5", f"extend={file}", "out=[a.pt,a.png]")
    assert report["num_samples"] == report["run_graphs"] == 10
    assert list(report["scaffolds"]) == ["C1CC1", "C=O"]
    for row in report["scaffolds"].values():
        assert row["contain"] == (row["valid"] > 0)
    data = torch.load(out / "a.pt", weights_only=False)
    assert [int((graph.origin >= 0).sum()) for graph in data] == [3] * 5 + [2] * 5
    assert (out / "a.png").stat().st_size > 1000
    again = run(molecules, out, "num_samples=5", f"extend={file}", "out=a.pt")
    assert again["scaffolds"] == report["scaffolds"]


def test_constraints_are_reported(molecules, tmp_path):
    report = run(
        molecules,
        tmp_path,
        "num_samples=10",
        "out=a.smi",
        "constraints.valence=true",
        "constraints.max_redraws=300",
        "max_nodes=3",
    )
    assert report["constraints"] == ["valence"] and report["run_unmet"] == 0
    assert report["valid"] == 1.0


def test_other_graphs(rings, tmp_path):
    report = run(rings, tmp_path, "num_samples=4", "out=[a.pt,a.g6,a.png]")
    assert "valid" not in report and (tmp_path / "a.png").stat().st_size > 1000
    assert len(read_graphs(tmp_path / "a.pt")) == len(read_graphs(tmp_path / "a.g6")) == 4


@pytest.mark.parametrize(
    "overrides, match",
    [
        (["num_samples=0"], "'num_samples' must be a whole number from 1 .got 0"),
        (["out=a.xyz"], "'out' must end in one of"),
        (["extend=C[Xe]"], "Xe"),
        (
            ["constraints.max_redraws=-1"],
            "'constraints.max_redraws' must be a whole number from 0 .got -1",
        ),
        (["max_nodes=0"], "'max_nodes' must be a whole number from 1"),
        (["num_samples=-3"], "'num_samples' must be a whole number from 1 .got -3"),
        (["num_samples=many"], "'num_samples' must be a whole number from 1 .got many"),
        (["num_samples=1.5"], "'num_samples' must be a whole number from 1 .got 1.5"),
        (["num_samples=null"], "'num_samples' must be a whole number from 1 .got null"),
        (["pictures=0"], "'pictures' must be a whole number from 1 .got 0"),
        (["min_nodes=-1"], "'min_nodes' must be a whole number from 0 .got -1"),
        (["threads=-1"], "'threads' must be a whole number from 1, or null .got -1"),
        (["temperature=nan"], "'temperature' must be a number above 0 .got nan"),
        (["temperature=inf"], "'temperature' must be a number above 0 .got inf"),
        (["temperature=0"], "'temperature' must be a number above 0 .got 0"),
        (["temperature=hot"], "'temperature' must be a number above 0 .got hot"),
        (["seed=99999999999999999999999"], "'seed' must be a whole number of 64 bits"),
        (["seed=one"], "'seed' must be a whole number of 64 bits .got 'one'"),
        (["constraints.valence=yes"], "'constraints.valence' must be one of true, false .got yes"),
        (["pieces=some"], "'pieces' must be one of"),
        (["device=tpu9"], "'device' is not available on this machine .got 'tpu9'"),
        (["extend=" + 300 * "C"], "300 nodes, more than 'max_nodes'"),
        (["extend=" + 200_000 * "C"], "'extend' must be molecules of the model .* characters"),
        (["extend=C1CC"], "'extend' must be molecules of the model .got 'C1CC'"),
        (["extend=CCO.CCN"], "disconnected"),
    ],
)
def test_bad_input(molecules, tmp_path, overrides, match):
    with pytest.raises(ValueError, match=match):
        run(molecules, tmp_path, *overrides)


def test_molecules_only(rings, tmp_path):
    for override, match in [
        ("out=a.smi", "'out' must end in one of"),
        ("extend=CC", "'extend' takes a molecule"),
        ("constraints.valence=true", "needs a model of molecules"),
    ]:
        out = [] if override.startswith("out") else ["out=a.pt"]
        with pytest.raises(ValueError, match=match):
            run(rings, tmp_path, override, *out)


def test_no_model(tmp_path):
    with pytest.raises(FileNotFoundError, match="'model' holds no model"):
        run(tmp_path, tmp_path / "out")
    (tmp_path / "checkpoints").mkdir()
    with pytest.raises(FileNotFoundError, match="training run in this folder has not ended"):
        run(tmp_path, tmp_path / "out")
    with pytest.raises(FileNotFoundError, match="'model' is neither a folder nor one .*'mosess'"):
        run("mosess", tmp_path / "out")


def test_a_file_that_does_not_exist(molecules, tmp_path):
    with pytest.raises(FileNotFoundError, match="'extend' names a file that does not exist"):
        run(molecules, tmp_path / "out", "extend=missing.smi")
    assert not (tmp_path / "out").exists()


def test_a_refused_run_leaves_the_folder_as_it_was(molecules, tmp_path):
    run(molecules, tmp_path, "num_samples=3", "out=a.smi", "seed=3")
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    with pytest.raises(
        ValueError, match="'run_dir' holds samples of another run: num_samples is 3"
    ):
        run(molecules, tmp_path, "num_samples=4", "out=a.smi", "seed=3")
    for override in ("seed=4", "temperature=0.7", "max_nodes=0", "extend=C[Xe]", "num_samples=0"):
        with pytest.raises(ValueError):
            run(molecules, tmp_path, "num_samples=3", "out=a.smi", "seed=3", override)
    assert before == {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}


def test_a_scaffold_that_is_given_twice_has_two_entries(molecules, tmp_path):
    file = tmp_path / "scaffolds.smi"
    file.write_text("C1CC1\nC=O\nC1CC1\n")
    report = run(molecules, tmp_path / "run", "num_samples=3", f"extend={file}", "out=a.smi")
    assert list(report["scaffolds"]) == ["C1CC1", "C=O", "C1CC1 (2)"]


def test_all_scaffolds_are_checked_before_the_first_is_sampled(molecules, tmp_path):
    file = tmp_path / "scaffolds.smi"
    file.write_text("C1CC1\n" + 30 * "C" + "\n")
    with pytest.raises(ValueError, match="'extend' cannot take 'CCCCC.*30 nodes, more than 'max_"):
        run(molecules, tmp_path / "run", "num_samples=3", f"extend={file}", "out=a.smi")
    assert not (tmp_path / "run").exists()


def test_one_piece_of_each_molecule_is_written_or_all(molecules, tmp_path, capsys):
    options = ["num_samples=40", "out=a.smi", "constraints.valence=true", "max_nodes=6"]
    report = run(molecules, tmp_path / "largest", *options)
    assert report["fragmented"] > 0 and report["pieces"] == "largest"
    said = capsys.readouterr().out
    assert f"{report['fragmented']:.1%} of the samples are in several pieces" in said
    largest = read_smiles(str(tmp_path / "largest" / "a.smi"))
    assert not any("." in text for text in largest)
    run(molecules, tmp_path / "all", *options, "pieces=all")
    whole = read_smiles(str(tmp_path / "all" / "a.smi"))
    assert any("." in text for text in whole)
    for one, many in zip(largest, whole, strict=True):
        assert one in many.split(".")
    connected = run(molecules, tmp_path / "one", *options, "constraints.one_piece=true")
    assert connected["fragmented"] == 0 and connected["run_rejected"] > 0
