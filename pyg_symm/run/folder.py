"""Run folders."""

from pathlib import Path

import torch
from omegaconf import DictConfig, OmegaConf


def open_run(cfg: DictConfig) -> Path:
    """Makes ``cfg.run_dir``, leaves the resolved config in it, and sets the number of threads."""
    run_dir = Path(cfg.run_dir or ".")
    run_dir.mkdir(parents=True, exist_ok=True)
    (run_dir / "config.yaml").write_text(OmegaConf.to_yaml(cfg, resolve=True))
    if cfg.threads is not None:
        torch.set_num_threads(cfg.threads)
    return run_dir
