import json

import pytest
from hydra.errors import MissingConfigException

from pyg_symm.run import compose_config, quickstart

SMILES = ["CCO", "C1CC1", "CC(=O)O", "c1ccccc1", "CCN", "C#N", "CC", "OCC=O", "CCCC", "CNC"]


def test_trains_samples_compares_and_does_not_repeat_itself(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("PYG_SYMM_DATA", str(tmp_path / "data"))
    file = tmp_path / "molecules.smi"
    file.write_text("\n".join(3 * SMILES) + "\n")
    overrides = [
        "data=smiles",
        f"data.train.smiles={file}",
        "epochs=1",
        "hidden_channels=16",
        "model.num_steps=2",
        "model.network.edge_channels=8",
        "model.network.num_layers=1",
        "threads=1",
    ]
    cfg = compose_config(
        "quickstart",
        [
            f"run_dir={tmp_path / 'run'}",
            "num_pretrained=3",
            "num_samples=6",
            "workers=1",
            "progress=false",
            f"overrides={overrides}",
            "recipe=pard/nci",
        ],
    )
    rows = quickstart(cfg)
    assert list(rows) == ["trained on", "PARD", "random"]
    assert all(row["n"] == 6 for row in rows.values())
    assert rows["trained on"]["valid"] == 1 and rows["trained on"]["Novelty"] == 0
    assert "| PARD" in capsys.readouterr().out
    run = tmp_path / "run"
    assert {f.name for f in run.iterdir()} == {
        "pretrained",
        "train",
        "samples",
        "table.md",
        "table.json",
        "settings.json",
        "config.yaml",
        ".lock",
    }
    assert len((run / "pretrained" / "samples.smi").read_text().splitlines()) == 3
    assert len((run / "samples" / "samples.smi").read_text().splitlines()) == 6
    before = (run / "train" / "metrics.json").stat().st_mtime_ns
    assert quickstart(cfg) == json.loads((run / "table.json").read_text())
    assert (run / "train" / "metrics.json").stat().st_mtime_ns == before
    # A folder of a version that had no shipped models goes on, and gets what is missing.
    settings = json.loads((run / "settings.json").read_text())
    older = {name: settings[name] for name in ("recipe", "num_samples", "seed", "overrides")}
    (run / "settings.json").write_text(json.dumps(older))
    quickstart(cfg)
    assert json.loads((run / "settings.json").read_text()) == settings
    cfg.num_samples = 7
    with pytest.raises(ValueError, match="'num_samples' is 6 there and 7 here"):
        quickstart(cfg)


def test_a_wrong_recipe_is_refused_before_anything_is_made(tmp_path):
    cfg = compose_config("quickstart", [f"run_dir={tmp_path / 'run'}", "recipe=pard/none"])
    with pytest.raises(MissingConfigException, match="pard/none"):
        quickstart(cfg)
    assert not (tmp_path / "run").exists()
