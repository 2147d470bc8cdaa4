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


def test_a_multirun_without_results_leaves_no_table(tmp_path):
    SweepReport().on_multirun_end(OmegaConf.create({"hydra": {"sweep": {"dir": str(tmp_path)}}}))
    assert list(tmp_path.iterdir()) == []
