import json

import pytest
import torch
from omegaconf import OmegaConf

from pyg_symm.run import compose_config, run_job
from pyg_symm.weights import Adapter, load_adapter, save_adapter


def test_a_job_calls_a_function_of_plain_arguments(tmp_path, capsys):
    overrides = ["job=expressivity", 'job.rows=["C6 / 2 C3"]', "job.seeds=[0]"]
    result = run_job(compose_config("job", [*overrides, f"run_dir={tmp_path}"]))
    assert result["separated"]["C6 / 2 C3"]["GIN"] == 0
    assert result["separated"]["C6 / 2 C3"]["SPEN, 1 hop"] == 1
    assert json.loads((tmp_path / "result.json").read_text()) == result
    assert (tmp_path / "table.md").read_text() == result["table"] + "\n"
    assert "| C6 / 2 C3" in capsys.readouterr().out
    assert OmegaConf.load(tmp_path / "config.yaml").job.seeds == [0]


def test_a_wrong_row_is_named(tmp_path):
    cfg = compose_config("job", ["job=expressivity", "job.rows=[moon]", f"run_dir={tmp_path}"])
    with pytest.raises(Exception, match="'rows' must be of .*'moon'"):
        run_job(cfg)


def test_a_job_must_return_a_dictionary(tmp_path):
    cfg = compose_config("job", ["job=expressivity", f"run_dir={tmp_path}"])
    cfg.job = {"_target_": "builtins.len", "_args_": [[1]]}
    with pytest.raises(ValueError, match="'job' must return a dictionary .got int"):
        run_job(cfg)


def test_adapters_are_merged(tmp_path):
    for name in ("one", "two"):
        adapter = Adapter({"q": (torch.randn(2, 6), torch.randn(5, 2), 0.5)})
        save_adapter(adapter, tmp_path / name)
    folders = f"job.adapters=[{tmp_path / 'one'},{tmp_path / 'two'}]"
    settings = ["job.rank=3", "+job.options.preset=gauge", f"run_dir={tmp_path / 'run'}"]
    result = run_job(compose_config("job", ["job=merge_lora", folders, *settings]))
    assert result["ranks"] == [3]
    assert load_adapter(tmp_path / "run" / "adapter").rank("q") == 3
    assert "| q " in (tmp_path / "run" / "table.md").read_text()
