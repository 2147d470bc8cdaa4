"""Training generators of graphs."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pyg_symm.chem import MoleculeVocabulary, judge_all
from pyg_symm.generation import PARD, compile_layers, path_consistency
from pyg_symm.graphs import BlockGraphs
from pyg_symm.metrics import graph_validity, isomorphism_classes
from pyg_symm.utils import Noise, check_sizes

from .base import Task
from .cuda_graphs import GraphedLoss


class GraphGeneration(Task):
    r"""Trains a :class:`~pyg_symm.generation.PARD` generator.

    Noise depends on the seed, the epoch, the batch and the process, so that a resumed run draws the
    same. Validation draws its noise from a seed of its own, the same in every epoch. Every
    ``sample_every`` epochs it also generates samples and logs their path consistency and, for
    molecules, the shares of valid and unique ones.

    Args:
        model (PARD): The generator.
        sample_every (int, optional): Epochs between samples; none with 0. (default: :obj:`0`)
        num_samples (int, optional): How many to draw. (default: :obj:`256`)
        kind (str, optional): What graphs without a vocabulary should be, see
            :func:`~pyg_symm.metrics.graph_validity`; samples are then counted as molecules are.
            (default: :obj:`None`)
        compile (str, optional): A backend of :func:`torch.compile` for the training loss, such as
            ``"inductor"``; let the data have few shapes. ``"layers"`` compiles one layer, for all
            of them, and the head, which is ready much sooner. :obj:`True` stands for
            ``"inductor"``, :obj:`False` for none. (default: :obj:`None`)
        cuda_graphs (bool, optional): Whether to record loss and gradients of each shape as a CUDA
            graph, see :class:`GraphedLoss`; for one GPU and a small network.
            (default: :obj:`False`)
        seed (int, optional): The seed of noise in training. (default: :obj:`0`)
        validation_seed (int, optional): The seed of noise and samples in validation.
            (default: :obj:`0`)
        **kwargs (optional): Arguments of :class:`~pyg_symm.tasks.Task`.
    """

    model: PARD

    def __init__(
        self,
        model: PARD,
        sample_every: int = 0,
        num_samples: int = 256,
        kind: str | None = None,
        compile: str | bool | None = None,
        cuda_graphs: bool = False,
        seed: int = 0,
        validation_seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(model, **kwargs)
        check_sizes(0, sample_every=sample_every)
        check_sizes(1, num_samples=num_samples)
        self.sample_every = sample_every
        self.num_samples = num_samples
        self.kind = kind
        self._loss: Callable[..., dict[str, Tensor]] = self.model.loss
        if compile == "layers":
            compile_layers(self.model)
        elif compile:
            backend = "inductor" if compile is True else compile
            self._loss = torch.compile(
                self.model.loss, backend=backend, fullgraph=True, dynamic=False
            )
        self.cuda_graphs = cuda_graphs
        self.seed = seed
        self.validation_seed = validation_seed
        self.seconds = 0.0  # Spent on training, without validation.
        self._noise = Noise(seed)
        self._evaluated = 0  # Batches of this validation epoch.
        self._begin = 0.0
        self._quality: dict[str, float] = {}

    def on_fit_start(self) -> None:
        if self.cuda_graphs:
            if self.device.type != "cuda":
                raise ValueError(f"'cuda_graphs' needs a GPU (the run is on {self.device})")
            self._loss = GraphedLoss(self._loss, self.model.parameters())

    def loss(self, batch: BlockGraphs) -> Tensor:
        return self._loss(batch, self._noise)["loss"]

    def training_step(self, batch: BlockGraphs, batch_idx: int) -> Tensor:
        turn = self.current_epoch, batch_idx, self.global_rank
        self._noise = Noise(self.seed).at(*turn)
        return super().training_step(batch, batch_idx)

    def configure_gradient_clipping(
        self,
        optimizer: torch.optim.Optimizer,
        gradient_clip_val: float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        # Lightning clips nothing of a fused optimizer in mixed precision, whose gradients may be
        # scaled: those of bfloat16 are not.
        plain = getattr(self.trainer.precision_plugin, "scaler", None) is None
        if gradient_clip_val and plain and gradient_clip_algorithm in (None, "norm"):
            torch.nn.utils.clip_grad_norm_(self.parameters(), gradient_clip_val)
        else:
            super().configure_gradient_clipping(
                optimizer, gradient_clip_val, gradient_clip_algorithm
            )

    def evaluate(self, batch: BlockGraphs) -> dict[str, tuple[Tensor, int]]:
        noise = Noise(self.validation_seed).at(self._evaluated, self.global_rank)
        self._evaluated += 1
        count = batch.num_graphs
        with torch.compiler.set_stance("force_eager"):  # Without gradients, all would compile anew.
            terms = self.model.loss(batch, noise)
        return {name: (value * count, count) for name, value in terms.items()}

    def sample_quality(self) -> dict[str, float]:
        """Metrics of samples of the current model."""
        generator = torch.Generator().manual_seed(self.validation_seed)
        graphs = self.model.sample(self.num_samples, generator, progress=False)
        config = self.model.config
        agree = path_consistency(graphs, config.statistics.max_hops)
        quality = {"path_consistency": float(agree.double().mean())}
        if config.vocabulary is not None:
            vocabulary = MoleculeVocabulary.from_dict(config.vocabulary)
            _, shares = judge_all(graphs, vocabulary)
            quality |= {name: shares[name] for name in ("valid", "unique")}
        elif self.kind is not None:
            good = graph_validity(graphs, self.kind)
            quality["valid"] = float(good.double().mean())
            valid_graphs = [data for data, flag in zip(graphs, good.tolist(), strict=True) if flag]
            quality["unique"] = 0.0
            if valid_graphs:
                classes = isomorphism_classes(valid_graphs)
                quality["unique"] = (int(classes.max()) + 1) / len(valid_graphs)
        return quality

    def on_train_epoch_start(self) -> None:
        self._begin = time.perf_counter()

    def on_validation_epoch_start(self) -> None:
        self._evaluated = 0
        if self._begin > 0:
            self.seconds += time.perf_counter() - self._begin
            self._begin = 0.0
        due = self.sample_every > 0 and (self.current_epoch + 1) % self.sample_every == 0
        self._quality = {}
        if due and not self.trainer.sanity_checking:
            # Now rather than at the end, when weights are no longer averaged ones.
            self._quality = {"seconds": self.seconds, **self.sample_quality()}

    def on_validation_epoch_end(self) -> None:
        super().on_validation_epoch_end()
        for name, value in self._quality.items():
            self.curves.setdefault(f"samples/{name}", []).append(value)
            self.log(f"samples/{name}", value)

    def on_test_epoch_start(self) -> None:
        self._evaluated = 0

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        super().on_save_checkpoint(checkpoint)
        checkpoint["seconds"] = self.seconds

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        super().on_load_checkpoint(checkpoint)
        self.seconds = checkpoint["seconds"]

    def export(self, run_dir: Path) -> None:
        """Saves the trained model for sampling, in the folder ``model``."""
        self.model.save(run_dir / "model")
