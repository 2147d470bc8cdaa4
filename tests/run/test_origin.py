import pytest
import yaml

from pyg_symm.run.origin import Origin, find_origin


def write(folder, **config):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(yaml.safe_dump(config))


def data(target, **arguments):
    return {"train": {"_target_": f"pyg_symm.datasets.{target}", **arguments}}


def test_a_file_of_molecules(tmp_path):
    (tmp_path / "mine.csv").write_text("SMILES\nCCO\n")
    smiles = str(tmp_path / "mine.csv")
    write(tmp_path / "run", data=data("SmilesGraphs", smiles=smiles, column="mol"))
    expected = (tmp_path / "mine.csv", "mol")
    for model in (tmp_path / "run", tmp_path / "run" / "model"):
        write(tmp_path / "new", pretrained=str(model))
        found = find_origin(tmp_path / "new" / "new.smi")
        assert found == Origin(str(model), "SmilesGraphs", *expected)
    (tmp_path / "mine.csv").unlink()
    assert find_origin(tmp_path / "new" / "new.smi").file is None


@pytest.mark.parametrize(
    "target, name", [("MOSES", "MOSES"), ("SmilesGraphs.nci5k", "SmilesGraphs"), ("QM9Graphs",) * 2]
)
def test_a_data_set(tmp_path, target, name):
    write(tmp_path / "run", data=data(target))
    write(tmp_path, pretrained=str(tmp_path / "run"))
    assert find_origin(tmp_path / "new.smi") == Origin(str(tmp_path / "run"), name)


@pytest.mark.parametrize("model, name", [("moses", "MOSES"), ("qm9", "QM9Graphs")])
def test_bundled_models(tmp_path, model, name):
    write(tmp_path, pretrained=model)
    assert find_origin(tmp_path / "new.smi") == Origin(model, name)


@pytest.mark.parametrize("text", ["", "a: [", "- 1", "pretrained: 3", "data: {train: 1}", "\0"])
def test_nothing_is_known(tmp_path, text):
    assert find_origin(tmp_path / "new.smi") is None
    (tmp_path / "config.yaml").write_text(text)
    assert find_origin(tmp_path / "new.smi") is None
    write(tmp_path, pretrained=str(tmp_path / "run"))
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.yaml").write_text(text)
    assert find_origin(tmp_path / "new.smi") == Origin(str(tmp_path / "run"))


def test_nothing_is_built_from_a_config(tmp_path):
    text = "pretrained: !!python/object/apply:os.system ['touch HERE']"
    (tmp_path / "config.yaml").write_text(text.replace("HERE", str(tmp_path / "ran")))
    assert find_origin(tmp_path / "new.smi") is None
    assert not (tmp_path / "ran").exists()
