import torch
from omegaconf import OmegaConf

from pyg_symm.run.folder import open_run


def test_the_folder_holds_the_resolved_config(tmp_path):
    threads = torch.get_num_threads()
    cfg = OmegaConf.create({"run_dir": str(tmp_path / "a" / "b"), "threads": 1, "x": "${threads}"})
    try:
        run_dir = open_run(cfg)
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(threads)
    assert run_dir == tmp_path / "a" / "b"
    assert OmegaConf.load(run_dir / "config.yaml") == {**cfg, "x": 1}
