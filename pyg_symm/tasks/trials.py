"""Other networks in the place of a task's own."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor

from .base import Task


class Trials:
    r"""Tries networks of the same architecture on the data of a task.

    Batches are read once, so that all networks see the same.

    Args:
        task (Task): The task, whose own network stays as it is.
        data (LightningDataModule): Its data module.
        split (str, optional): What to evaluate on: ``"train"``, ``"val"`` or ``"test"``; the first
            loader counts. (default: ``"test"``)

    Raises:
        ValueError: If there is no such split, or no batch in it.

    Examples:
        >>> trials = Trials(*load_run("runs/digits"))  # doctest: +SKIP
        >>> barrier(trials.model, a, b, trials.evaluate)  # doctest: +SKIP
    """

    def __init__(self, task: Task, data: pl.LightningDataModule, split: str = "test") -> None:
        self.task = task.eval()
        self.batches = self._read(data, split)
        self.train_batches = self.batches if split == "train" else self._read(data, "train")

    @property
    def model(self) -> torch.nn.Module:
        """The task's own network."""
        return self.task.model

    def evaluate(self, model: torch.nn.Module) -> dict[str, float]:
        """Figures of a network on all batches, those called ``loss`` first."""
        sums: dict[str, float] = {}
        counts: dict[str, float] = {}
        with replaced_network(self.task, model), torch.no_grad():
            for batch in self.batches:
                for name, (value, count) in self.task.evaluate(batch).items():
                    sums[name] = sums.get(name, 0.0) + float(value)
                    counts[name] = counts.get(name, 0.0) + count
        names = sorted(sums, key=lambda name: not name.endswith("loss"))
        return {name: sums[name] / counts[name] for name in names}

    def forward(self, model: torch.nn.Module, batch: Any) -> Any:
        """Calls a network on a batch as the task does."""
        with replaced_network(self.task, model):
            return self.task(batch)

    def loss(self, call: Callable[..., Any], batch: Any) -> Tensor:
        """The training loss of a function in the place of the network, with gradients."""
        with replaced_network(self.task, _Called(call)):
            return self.task.loss(batch)

    def inputs(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """What the task calls its network with on the first batch."""
        return network_inputs(self.task, self.batches[0])

    def _read(self, data: pl.LightningDataModule, split: str) -> list[Any]:
        names = {"train": "train_dataloader", "val": "val_dataloader", "test": "test_dataloader"}
        if split not in names:
            raise ValueError(f"'split' must be one of {list(names)} (got {split!r})")
        loader = getattr(data, names[split])()
        loader = loader[0] if isinstance(loader, list | tuple) else loader
        batches = [batch.to(self.task.device) for batch in loader]
        if not batches:
            raise ValueError(f"'data' must have a batch to {split} on (got none)")
        return batches


@contextlib.contextmanager
def replaced_network(task: Task, model: torch.nn.Module) -> Iterator[None]:
    """Puts a network in the place of a task's own, for a while."""
    own, task.model = task.model, model
    try:
        yield
    finally:
        task.model = own


def network_inputs(task: Task, batch: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What a task calls its network with on a batch, by position and by name."""
    seen: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
    hook = task.model.register_forward_pre_hook(
        lambda module, args, kwargs: seen.append((args, kwargs)), with_kwargs=True
    )
    try:
        with torch.no_grad():
            task(batch)
    finally:
        hook.remove()
    return seen[0]


class _Called(torch.nn.Module):
    """A function as a module."""

    def __init__(self, call: Callable[..., Any]) -> None:
        super().__init__()
        self.call = call

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.call(*args, **kwargs)
