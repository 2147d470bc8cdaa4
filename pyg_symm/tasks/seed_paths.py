"""Networks of several seeds, kept to draw the paths between them."""

import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytorch_lightning as pl

from pyg_symm.utils.files import write_json
from pyg_symm.weights import recalibrate, trace_spec, weight_matching
from pyg_symm.weights.connectivity.job import Paths, match_states
from pyg_symm.weights.files import read_state, write_state

from .base import Task
from .trials import Trials


class SeedPaths(pl.Callback):
    r"""Keeps the weights of runs of several seeds, and draws the paths between them.

    At the end of training, the weights of the network are written to ``folder/NAME.safetensors``.
    From the second run on, all networks of the folder are matched by their weights, and evaluated
    on the way from one to the other: ``folder/paths`` receives ``barrier.png``, ``table.md``,
    ``result.json``, and aligned and merged weights.

    Args:
        folder (str or Path): Where the weights of all runs are kept.
        name (str): The name of this run, such as ``"seed=0"``.
        split (str, optional): What to evaluate on: ``"train"``, ``"val"`` or ``"test"``.
            (default: ``"val"``)
        num_points (int, optional): Positions on each path. (default: :obj:`25`)
        higher_is_better (list, optional): Names of figures such as accuracies.
            (default: ``["acc"]``)
    """

    def __init__(
        self,
        folder: str | os.PathLike,
        name: str,
        split: str = "val",
        num_points: int = 25,
        higher_is_better: Sequence[str] = ("acc",),
    ) -> None:
        if not name or "/" in name:
            raise ValueError(f"'name' must be a name without '/' (got {name!r})")
        self.folder = Path(folder)
        self.name = name
        self.split = split
        self.num_points = num_points
        self.higher_is_better = list(higher_is_better)

    def on_fit_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if not trainer.is_global_zero:
            return
        assert isinstance(pl_module, Task)
        self.folder.mkdir(parents=True, exist_ok=True)
        write_state(self.folder / f"{self.name}.safetensors", pl_module.model.state_dict())
        files = sorted(self.folder.glob("*.safetensors"))
        if len(files) < 2:
            return
        data: Any = trainer.datamodule  # type: ignore[attr-defined]
        trials = Trials(pl_module, data, self.split)

        def mend(network: Any, *_: Any) -> Any:
            return recalibrate(network, trials.train_batches, forward=trials.forward)

        args, kwargs = trials.inputs()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # What is frozen is in spec.yaml.
            spec = trace_spec(trials.model, *args, **kwargs)
        result = match_states(
            {file.stem: read_state(file) for file in files},
            spec,
            lambda a, b: weight_matching(spec, a, b),
            self.folder / "paths",
            paths=Paths(
                trials.model, trials.evaluate, mend, self.num_points, self.higher_is_better
            ),
        )
        write_json(self.folder / "paths" / "result.json", result)
        (self.folder / "paths" / "table.md").write_text(result["table"] + "\n")
