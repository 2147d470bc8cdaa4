import csv
import gzip
import json
import sys

import pytest
import yaml

from pyg_symm.metrics import moses_table
from pyg_symm.run import compose_config, evaluate

SAMPLES = ["CCO", "OCC", "c1ccccc1C", "C1CC", "C(C)(C)(C)(C)C", "CCN"]
TEST = ["CCO", "CCC", "Cc1ccccc1", "CCCCO"]
TRAIN = ["CCN", "CCCO", "CCCN", "CCCCN", "CCF", "CCCl"]


@pytest.fixture
def files(tmp_path):
    """Files of every kind, and the overrides that name them."""
    (tmp_path / "samples.smi").write_text("\n".join(SAMPLES) + "\n")
    (tmp_path / "test.csv").write_text("\n".join(["id,SMILES", *(f"1,{s}" for s in TEST)]) + "\n")
    with gzip.open(tmp_path / "train.txt.gz", "wt") as file:
        file.write("\n".join(TRAIN) + "\n")
    names = {"samples": "samples.smi", "test": "test.csv", "train": "train.txt.gz"}
    return {
        **{name: tmp_path / file for name, file in names.items()},
        "run_dir": tmp_path / "run",
        "data_root": tmp_path / "data",
        **{"fcd": "false", "filters": "false", "progress": "false"},
    }


def run(options, *overrides):
    options = [f"{name}={value}" for name, value in options.items()]
    return evaluate(compose_config("evaluate", [*options, *overrides]))


def test_table_as_text_and_files(files, capsys):
    content = run(files, "reference_line=true")
    expected = moses_table(
        SAMPLES, train=TRAIN, test=TEST, fcd=False, filters=False, progress=False
    )
    assert content["samples"] == {"n": 6, "n_valid": 4, **expected}
    assert content["train"]["n"] == 4 and content["train"]["Novelty"] == 0
    assert content["causes"]["valence"] == content["causes"]["syntax"] == pytest.approx(1 / 6)

    text = capsys.readouterr().out
    assert f"SNN/Test  {expected['SNN/Test']:>7.4f}" in text and "1 valence (" in text
    assert text.endswith("\n" + (files["run_dir"] / "table.txt").read_text())
    assert json.loads((files["run_dir"] / "table.json").read_text()) == content
    with (files["run_dir"] / "table.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["set"] for row in rows] == ["samples", "train"]
    assert float(rows[0]["SNN/Test"]) == expected["SNN/Test"]
    assert "samples.smi" in (files["run_dir"] / "config.yaml").read_text()


def test_reference_sets_are_described_once(files, capsys):
    first = run(files)
    cached = list((files["data_root"] / "references").iterdir())
    assert [file.name.split("_")[0] for file in cached] == ["test"]
    before = cached[0].stat().st_mtime_ns
    assert run(files) == first and cached[0].stat().st_mtime_ns == before
    files["test"].write_text("SMILES\nCCO\n")
    run(files)
    assert len(list((files["data_root"] / "references").iterdir())) == 2


def test_the_draw_from_the_train_set_follows_the_seed(files, capsys):
    lines = [run(files, "reference_line=true", f"seed={seed}")["train"] for seed in (0, 0, 1, 2)]
    assert lines[0] == lines[1] and lines.count(lines[0]) < 4


def test_no_valid_molecules(files, capsys):
    files["samples"].write_text("C1CC\nx\n")
    content = run(files)
    assert (content["samples"]["n_valid"], content["samples"]["valid"]) == (0, 0)
    assert json.loads((files["run_dir"] / "table.json").read_text())["samples"]["logP"] is None
    assert "nan" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["samples", "test", "train"])
def test_missing_and_empty_files(files, name):
    files[name].unlink()
    with pytest.raises(
        FileNotFoundError, match=f"'{name}' must be a file.*{files[name].name}', which is missing"
    ):
        run(files)
    files[name].mkdir()
    with pytest.raises(FileNotFoundError, match=f"'{name}' must be a file.*which is a folder"):
        run(files)
    files[name] = files["samples"].parent / "empty.smi"
    files[name].write_text("")
    with pytest.raises(ValueError, match=f"'{name}' must hold at least one SMILES.*empty.smi"):
        run(files)
    assert not files["run_dir"].exists()


def test_a_draw_needs_a_train_set(files):
    with pytest.raises(ValueError, match="'reference_line' needs 'train' where"):
        run(files, "reference_line=true", "train=null")


def test_what_is_compared_with_what_is_said_first(files, capsys):
    run(files)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("6 lines of '") and str(files["run_dir"]) in lines[0]
    assert f"compare with '{files['test']}'" in lines[1]
    assert lines[2] == f"Novelty compares with 'train', 6 lines of '{files['train']}'."
    run(files, "train=null")
    assert "There is no Novelty" in capsys.readouterr().out


def test_refused_molecules_and_pieces_are_counted(files, capsys):
    samples = [*SAMPLES, "C.C", "CCO.Cl", "C" * 200_000]
    files["samples"].write_text("\n".join(samples) + "\n")
    files["test"].write_text("\n".join(["id,SMILES", *(f"1,{s}" for s in [*TEST, "C1CC"])]) + "\n")
    with gzip.open(files["train"], "wt") as file:
        file.write("\n".join([*TRAIN, "C(", "c1cccc1"]) + "\n")
    content = run(files)
    text = capsys.readouterr().out
    assert "3 of 9 samples are invalid: 1 syntax (" in text
    assert "1 valence (" in text and "1 size (" in text
    assert "2 of 6 valid samples (33.3%) are in pieces." in text
    assert "test: 1 of 5 lines left out: 1 syntax (" in text
    assert "train: 2 of 8 lines left out: 1 syntax (" in text
    assert content["causes"]["disconnected"] == 2 / 9 and content["causes"]["size"] == 1 / 9


@pytest.mark.parametrize("fcd", ["auto", "true"])
def test_without_the_package_fcd(files, capsys, monkeypatch, fcd):
    monkeypatch.setitem(sys.modules, "fcd", None)
    files["fcd"] = fcd
    if fcd == "auto":
        assert not any("FCD" in name for name in run(files)["samples"])
        assert "package fcd is missing; install it with: pip install fcd" in capsys.readouterr().out
    else:
        with pytest.raises(ImportError, match="pip install fcd"):
            run(files)


def test_with_the_package_fcd(files, capsys):
    pytest.importorskip("fcd")
    assert run({**files, "fcd": "auto"})["samples"]["FCD/Test"] > 0
    assert "FCD is left out" not in capsys.readouterr().out


def test_a_reference_set_with_stereochemistry(files, capsys):
    pytest.importorskip("fcd")
    files["test"].write_text("SMILES\nC[C@H](N)C(=O)O\nCCO\n")
    for _ in range(2):  # The second time from a file.
        run({**files, "fcd": "true"})
        assert "FCD/Test is too large: 1 of 2 molecules" in capsys.readouterr().out


def test_columns_of_tables(files, capsys):
    for name, smiles in (("samples", SAMPLES), ("test", TEST), ("train", TRAIN)):
        files[name] = files["run_dir"].parent / f"{name}.csv"
        files[name].write_text("\n".join(["smiles,mol", *(f"C1CC,{s}" for s in smiles)]) + "\n")
    assert run(files, "column=mol")["samples"]["n_valid"] == 4
    with pytest.raises(ValueError, match="'samples' cannot be read.*no column 'other'.*'column'"):
        run(files, "column=other")


def test_the_training_file_is_found_from_the_folder_of_the_samples(files, tmp_path, capsys):
    (tmp_path / "mine").mkdir()
    data = {"train": {"_target_": "pyg_symm.datasets.SmilesGraphs", "smiles": str(files["train"])}}
    (tmp_path / "mine" / "config.yaml").write_text(yaml.safe_dump({"data": data}))
    config = {"pretrained": str(tmp_path / "mine")}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    expected = run(files)["samples"]["Novelty"]
    capsys.readouterr()
    assert run(files, "train=null")["samples"]["Novelty"] == expected == 2 / 3
    text = capsys.readouterr().out
    assert f"Novelty compares with 6 lines of '{files['train']}', on which the model" in text


def test_results_are_whole(files, capsys):
    run(files)
    names = {file.name for file in files["run_dir"].iterdir()}
    assert names >= {"config.yaml", "table.csv", "table.json", "table.txt"}
    assert not any(name.endswith(".part") for name in names)


def test_damaged_statistics_are_named(files, capsys):
    run(files)
    (kept,) = (files["data_root"] / "references").iterdir()
    kept.write_bytes(kept.read_bytes()[:100])
    with pytest.raises(ValueError, match=f"damaged: delete '.*{kept.name}'"):
        run(files)
