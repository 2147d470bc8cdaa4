"""The network of a training run, apart from its task."""

from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from torch.nn import Module

from pyg_symm.tasks.trials import network_inputs, replaced_network

from .load import load_run
from .quiet import quiet
from .train import figures_of_test


class TrainedNetwork:
    r"""What a training run has learned, and its data to try other networks on.

    Args:
        run (str or Path): The folder of the run, or a checkpoint in it.

    Raises:
        FileNotFoundError: If there is no checkpoint, config or data file.

    Examples:
        >>> trained = TrainedNetwork("runs/digits")  # doctest: +SKIP
        >>> trained.score(trained.model, "test/acc")  # doctest: +SKIP
        0.975
    """

    def __init__(self, run: str | Path) -> None:
        quiet()
        self.task, self.data = load_run(run)
        self.model: Module = self.task.model

    def inputs(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        r"""What the task calls the network with on the first batch of the test data."""
        self.data.prepare_data()
        self.data.setup("test")
        loader = self.data.test_dataloader()
        loader = loader[0] if isinstance(loader, list | tuple) else loader
        return network_inputs(self.task, next(iter(loader)))

    def scores(self, model: Module) -> dict[str, float]:
        r"""The figures of the test data with another network in place of the run's own."""
        trainer = pl.Trainer(
            accelerator="cpu", logger=False, enable_progress_bar=False, enable_model_summary=False
        )
        with replaced_network(self.task, model):
            tested = trainer.test(self.task, datamodule=self.data, verbose=False)
        return figures_of_test(tested)

    def score(self, model: Module, metric: str) -> float:
        r"""One figure of the test data, such as ``"test/acc"``.

        Raises:
            ValueError: If there is no such figure.
        """
        scores = self.scores(model)
        if metric not in scores:
            raise ValueError(f"'metric' must be one of {list(scores)} (got {metric!r})")
        return scores[metric]
