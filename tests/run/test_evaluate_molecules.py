import csv
import gzip
import json
import sys

import pytest
import yaml

from pyg_symm.metrics import moses_table


def test_table_as_text_and_files(files, capsys, evaluated, smiles_sets):
    content = evaluated(files, "reference_line=true")
    samples, test, train = smiles_sets.values()
    expected = moses_table(
        samples, train=train, test=test, fcd=False, filters=False, progress=False
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


def test_reference_sets_are_described_once(files, capsys, evaluated):
    first = evaluated(files)
    cached = list((files["data_root"] / "references").iterdir())
    assert [file.name.split("_")[0] for file in cached] == ["test"]
    before = cached[0].stat().st_mtime_ns
    assert evaluated(files) == first and cached[0].stat().st_mtime_ns == before
    files["test"].write_text("SMILES\nCCO\n")
    evaluated(files)
    assert len(list((files["data_root"] / "references").iterdir())) == 2


def test_the_draw_from_the_train_set_follows_the_seed(files, capsys, evaluated):
    lines = [
        evaluated(files, "reference_line=true", f"seed={seed}")["train"] for seed in (0, 0, 1, 2)
    ]
    assert lines[0] == lines[1] and lines.count(lines[0]) < 4


def test_no_valid_molecules(files, capsys, evaluated):
    files["samples"].write_text("C1CC\nx\n")
    content = evaluated(files)
    assert (content["samples"]["n_valid"], content["samples"]["valid"]) == (0, 0)
    assert json.loads((files["run_dir"] / "table.json").read_text())["samples"]["logP"] is None
    assert "nan" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["samples", "test", "train"])
def test_missing_and_empty_files(files, name, evaluated):
    files[name].unlink()
    with pytest.raises(
        FileNotFoundError, match=f"'{name}' must be a file.*{files[name].name}', which is missing"
    ):
        evaluated(files)
    files[name].mkdir()
    with pytest.raises(FileNotFoundError, match=f"'{name}' must be a file.*which is a folder"):
        evaluated(files)
    files[name] = files["samples"].parent / "empty.smi"
    files[name].write_text("")
    with pytest.raises(ValueError, match=f"'{name}' must hold at least one SMILES.*empty.smi"):
        evaluated(files)
    assert not files["run_dir"].exists()


def test_a_draw_needs_a_train_set(files, evaluated):
    with pytest.raises(ValueError, match="'reference_line' needs 'train' where"):
        evaluated(files, "reference_line=true", "train=null")


def test_what_is_compared_with_what_is_said_first(files, capsys, evaluated):
    evaluated(files)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("6 lines of '") and str(files["run_dir"]) in lines[0]
    assert f"compare with '{files['test']}'" in lines[1]
    assert lines[2] == f"Novelty compares with 'train', 6 lines of '{files['train']}'."
    evaluated(files, "train=null")
    assert "There is no Novelty" in capsys.readouterr().out


def test_refused_molecules_and_pieces_are_counted(files, capsys, evaluated, smiles_sets):
    samples = [*smiles_sets["samples"], "C.C", "CCO.Cl", "C" * 200_000]
    files["samples"].write_text("\n".join(samples) + "\n")
    test = [*smiles_sets["test"], "C1CC"]
    files["test"].write_text("\n".join(["id,SMILES", *(f"1,{s}" for s in test)]) + "\n")
    with gzip.open(files["train"], "wt") as file:
        file.write("\n".join([*smiles_sets["train"], "C(", "c1cccc1"]) + "\n")
    content = evaluated(files)
    text = capsys.readouterr().out
    assert "3 of 9 samples are invalid: 1 syntax (" in text
    assert "1 valence (" in text and "1 size (" in text
    assert "2 of 6 valid samples (33.3%) are in pieces." in text
    assert "test: 1 of 5 lines left out: 1 syntax (" in text
    assert "train: 2 of 8 lines left out: 1 syntax (" in text
    assert content["causes"]["disconnected"] == 2 / 9 and content["causes"]["size"] == 1 / 9


@pytest.mark.parametrize("fcd", ["auto", "true"])
def test_without_the_package_fcd(files, capsys, monkeypatch, fcd, evaluated):
    monkeypatch.setitem(sys.modules, "fcd", None)
    files["fcd"] = fcd
    if fcd == "auto":
        assert not any("FCD" in name for name in evaluated(files)["samples"])
        assert "package fcd is missing; install it with: pip install fcd" in capsys.readouterr().out
    else:
        with pytest.raises(ImportError, match="pip install fcd"):
            evaluated(files)


def test_with_the_package_fcd(files, capsys, evaluated):
    pytest.importorskip("fcd")
    assert evaluated({**files, "fcd": "auto"})["samples"]["FCD/Test"] > 0
    assert "FCD is left out" not in capsys.readouterr().out


def test_a_reference_set_with_stereochemistry(files, capsys, evaluated):
    pytest.importorskip("fcd")
    files["test"].write_text("SMILES\nC[C@H](N)C(=O)O\nCCO\n")
    for _ in range(2):  # The second time from a file.
        evaluated({**files, "fcd": "true"})
        assert "FCD/Test is too large: 1 of 2 molecules" in capsys.readouterr().out


def test_columns_of_tables(files, capsys, evaluated, smiles_sets):
    for name, smiles in smiles_sets.items():
        files[name] = files["run_dir"].parent / f"{name}.csv"
        lines = ["smiles,mol", *(f"C1CC,{s}" for s in smiles)]
        files[name].write_text("\n".join(lines) + "\n")
    assert evaluated(files, "column=mol")["samples"]["n_valid"] == 4
    with pytest.raises(ValueError, match="'samples' cannot be read.*no column 'other'.*'column'"):
        evaluated(files, "column=other")


def test_the_training_file_is_found_from_the_folder_of_the_samples(
    files, tmp_path, capsys, evaluated
):
    (tmp_path / "mine").mkdir()
    data = {"train": {"_target_": "pyg_symm.datasets.SmilesGraphs", "smiles": str(files["train"])}}
    (tmp_path / "mine" / "config.yaml").write_text(yaml.safe_dump({"data": data}))
    config = {"pretrained": str(tmp_path / "mine")}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    expected = evaluated(files)["samples"]["Novelty"]
    capsys.readouterr()
    assert evaluated(files, "train=null")["samples"]["Novelty"] == expected == 2 / 3
    text = capsys.readouterr().out
    assert f"Novelty compares with 6 lines of '{files['train']}', on which the model" in text


def test_results_are_whole(files, capsys, evaluated):
    evaluated(files)
    names = {file.name for file in files["run_dir"].iterdir()}
    assert names >= {"config.yaml", "table.csv", "table.json", "table.txt"}
    assert not any(name.endswith(".part") for name in names)


def test_damaged_statistics_are_named(files, capsys, evaluated):
    evaluated(files)
    (kept,) = (files["data_root"] / "references").iterdir()
    kept.write_bytes(kept.read_bytes()[:100])
    with pytest.raises(ValueError, match=f"damaged: delete '.*{kept.name}'"):
        evaluated(files)
