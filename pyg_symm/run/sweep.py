"""The table of a multirun."""

from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf

from pyg_symm.metrics.runs import read_runs, write_report

_REPEATS = ("seed", "fold")  # Runs that differ in these only are repetitions.


class SweepReport(Callback):
    """Writes the table and the figure of a Hydra multirun when its last run is done.

    There is a row for each combination of options, with the mean over seeds and folds.
    """

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        folder = Path(config.hydra.sweep.dir)
        runs = read_runs(folder)
        if not runs:
            return
        axes = list(dict.fromkeys(key for axes, _ in runs for key in axes))
        rows = [key for key in axes if key.rpartition(".")[2] not in _REPEATS]
        scalars = [
            name
            for name, value in runs[0][1].items()
            if isinstance(value, float) and all(name in metrics for _, metrics in runs)
        ]
        if not scalars:  # Runs of different tasks share no metric.
            return
        scalars.sort(key=lambda name: name != "last10")  # Reported rather than the last epoch.
        title = str(OmegaConf.select(config, "name", default="sweep"))
        suite = {
            "name": title,
            "title": title,
            "rows": rows,
            "metrics": {name: name for name in scalars},
            "figure": {"kind": "bars", "y": scalars[0]},
        }
        write_report(folder, suite)
