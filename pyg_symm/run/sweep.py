"""The table of a multirun."""

from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf

from pyg_symm.metrics.runs import read_runs, write_report


class SweepReport(Callback):
    """Writes the table and the figure of a Hydra multirun when its last run is done."""

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        folder = Path(config.hydra.sweep.dir)
        runs = read_runs(folder)
        if runs:
            axes = {key: None for axes, _ in runs for key in axes}
            rows = "aggr" if "aggr" in axes else next(iter(axes), "aggr")
            scalars = [k for k, v in runs[0][1].items() if isinstance(v, float)]
            scalars.sort(key=lambda name: name != "last10")  # Reported rather than the last epoch.
            suite = {
                "name": str(OmegaConf.select(config, "name", default="sweep")),
                "title": str(OmegaConf.select(config, "name", default="sweep")),
                "rows": rows,
                "metrics": {name: name for name in scalars},
                "figure": {"kind": "bars", "y": scalars[0]},
            }
            write_report(folder, suite)
