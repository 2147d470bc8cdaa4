import json

from omegaconf import OmegaConf

from pyg_symm.run.sweep import SweepReport


def test_a_multirun_ends_with_a_table(tmp_path):
    for aggr in ("sum", "max"):
        (tmp_path / f"aggr={aggr},seed=0").mkdir()
        file = tmp_path / f"aggr={aggr},seed=0" / "metrics.json"
        file.write_text(json.dumps({"test/acc": len(aggr) / 4 + (aggr == "max"), "curves": {}}))
    cfg = OmegaConf.create({"name": "mine", "hydra": {"sweep": {"dir": str(tmp_path)}}})
    SweepReport().on_multirun_end(cfg)
    table = json.loads((tmp_path / "table.json").read_text())
    assert table["max"]["test/acc"]["mean"] == 1.75 and table["sum"]["test/acc"]["runs"] == 1
    assert (tmp_path / "table.md").read_text().startswith("mine (one run)")


def report(folder, **runs):
    for name, metrics in runs.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "metrics.json").write_text(json.dumps(metrics))
    SweepReport().on_multirun_end(
        OmegaConf.create({"name": "mine", "hydra": {"sweep": {"dir": str(folder)}}})
    )


def test_means_are_over_seeds_and_folds_only(tmp_path):
    runs = {
        f"data.fold={fold},hidden_channels={width},model={model},seed={seed}": {"test/acc": acc}
        for model, width, acc in (("gin", 8, 0.5), ("gin", 16, 0.6), ("spen", 8, 0.7))
        for fold in range(2)
        for seed in range(3)
    }
    report(tmp_path, **runs)
    table = json.loads((tmp_path / "table.json").read_text())
    found = {
        row: (cells["test/acc"]["mean"], cells["test/acc"]["runs"]) for row, cells in table.items()
    }
    assert {row: (round(mean, 6), count) for row, (mean, count) in found.items()} == {
        "8, gin": (0.5, 6),
        "16, gin": (0.6, 6),
        "8, spen": (0.7, 6),
    }
    assert "| hidden_channels, model |" in (tmp_path / "table.md").read_text()


def test_a_sweep_of_seeds_and_folds_alone_has_one_mean(tmp_path):
    report(tmp_path, **{f"data.fold=0,seed={seed}": {"loss": float(seed)} for seed in range(3)})
    table = json.loads((tmp_path / "table.json").read_text())
    assert {row: cells["loss"]["mean"] for row, cells in table.items()} == {"all": 1.0}
    assert "3 runs" in (tmp_path / "table.md").read_text()


def test_runs_of_different_tasks_report_what_they_share(tmp_path):
    report(
        tmp_path / "some",
        **{"experiment=lcm/mutag": {"a": 1.0, "b": 2.0}, "experiment=lcm/parity": {"b": 3.0}},
    )
    table = json.loads((tmp_path / "some" / "table.json").read_text())
    assert {row: list(cells) for row, cells in table.items()} == {
        "lcm/mutag": ["b"],
        "lcm/parity": ["b"],
    }
    report(tmp_path / "none", **{"experiment=x": {"a": 1.0}, "experiment=y": {"b": 3.0}})
    assert not (tmp_path / "none" / "table.json").exists()


def test_a_multirun_without_results_leaves_no_table(tmp_path):
    SweepReport().on_multirun_end(OmegaConf.create({"hydra": {"sweep": {"dir": str(tmp_path)}}}))
    assert list(tmp_path.iterdir()) == []
