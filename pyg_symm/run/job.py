"""Work that does not train: a function of plain arguments, named by its config."""

import time
from typing import Any

from hydra.utils import instantiate
from omegaconf import DictConfig

from pyg_symm.utils.files import write_json

from .check import check_config
from .folder import job, open_run


@job
def run_job(cfg: DictConfig) -> dict[str, Any]:
    r"""Calls the function that ``cfg.job`` names by ``_target_``, with the arguments beside it.

    ``cfg.run_dir`` receives the resolved ``config.yaml``, ``result.json``, and ``table.md`` if the
    result has a ``"table"``.

    Args:
        cfg (DictConfig): A composed ``job`` config.

    Returns:
        dict: What the function returned.

    Raises:
        ValueError: If the function does not return a dictionary.
    """
    check_config(cfg)
    run_dir = open_run(cfg, replace="job")
    begin = time.perf_counter()
    result = instantiate(cfg.job, _convert_="all")
    if not isinstance(result, dict):
        raise ValueError(f"'job' must return a dictionary (got {type(result).__name__})")
    write_json(run_dir / "result.json", result)
    if "table" in result:
        (run_dir / "table.md").write_text(result["table"] + "\n")
        print(result["table"])
    print(f"{time.perf_counter() - begin:.1f} s")
    return result
