"""Classes of images."""

import math
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from pyg_symm.nn.affine.kernels import KernelNet
from pyg_symm.utils import check_sizes

from .base import Task
from .data.epochs import epoch_seed
from .draws import merge_draws, takes_draws
from .points.figures import draw_lines

_BINS = 8  # Of the figure.


class ImageClassification(Task):
    r"""Predicts the class of each image, by cross-entropy.

    Networks with an argument ``generator`` of ``forward`` draw samples, such as elements of a
    group, unless their attribute ``resample`` is false: in training new ones in every step, as a
    function of seed and step. The test repeats itself with so many draws, each the same for all
    images. Then ``acc`` is the mean of their accuracies, ``acc_std`` their standard deviation, and
    ``vote`` the accuracy of the mean of all their probabilities. In validation, such networks take
    their fixed samples.

    After the test, :meth:`export` draws the accuracy against how far the maps of the images, if
    they have a ``matrix``, are from the identity.

    Args:
        model (torch.nn.Module): The network, from images :math:`(B, C, h, w)` to scores.
        num_draws (int, optional): The number of draws in the test. (default: :obj:`5`)
        num_sets (int, optional): The sets of samples in each draw, whose probabilities are
            averaged. (default: :obj:`1`)
        kernel_rate (float, optional): The learning rate of hidden layers of kernel networks, such
            as :class:`~pyg_symm.nn.affine.SIREN`, relative to that of all else. Their frequency
            multiplies the effect of each step. (default: :obj:`0.1`)
        seed (int, optional): The seed of samples in training. (default: :obj:`0`)
        **kwargs (optional): Arguments of :class:`Task`.

    Raises:
        ValueError: If there is no draw or no set, or the relative rate is not positive.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        num_draws: int = 5,
        num_sets: int = 1,
        kernel_rate: float = 0.1,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(model, **kwargs)
        check_sizes(1, num_draws=num_draws, num_sets=num_sets)
        if not 0 < kernel_rate < float("inf"):
            raise ValueError(f"'kernel_rate' must be positive (got {kernel_rate})")
        self.num_draws, self.num_sets = num_draws, num_sets
        self.kernel_rate = kernel_rate
        self.seed = seed
        self.draws = takes_draws(model)
        self._kept: dict[str, list[tuple[Tensor, Tensor]]] = {}

    def forward(self, batch: Any, seed: int | None = None) -> Tensor:
        """Scores of the classes; with samples that are drawn from a seed, if the network draws."""
        if seed is None or not self.draws:
            return self.model(batch.x)
        return self.model(batch.x, generator=torch.Generator().manual_seed(seed))

    def loss(self, batch: Any) -> Tensor:
        step = 0 if self._trainer is None else self.global_step
        return F.cross_entropy(self(batch, epoch_seed(self.seed, step)), batch.y)

    def parameter_groups(self) -> list[dict[str, Any]]:
        nets = [m for m in self.modules() if isinstance(m, KernelNet)]
        last = {p for net in nets for p in net.lin_out.parameters()}
        inner = [p for net in nets for p in net.parameters() if p not in last]
        rate = self.optimizer([torch.zeros(1)]).defaults["lr"]
        hidden = set(inner)
        rest = [p for p in self.parameters() if p not in hidden]
        groups = [{"params": rest}, {"params": inner, "lr": self.kernel_rate * rate}]
        return [group for group in groups if group["params"]]

    def evaluate(self, batch: Any) -> dict[str, tuple[Tensor, int]]:
        size, testing = batch.num_graphs, self._trainer is not None and self.trainer.testing
        if not (testing and self.draws):
            scores = self(batch)
            right = scores.argmax(dim=-1) == batch.y
            self._keep(batch, right.double())
            loss = F.cross_entropy(scores, batch.y, reduction="sum")
            return {"acc": (right.sum(), size), "loss": (loss, size)}
        scores = torch.stack([self(batch, i) for i in range(self.num_draws * self.num_sets)])
        sets = scores.log_softmax(dim=-1).unflatten(0, (self.num_draws, -1))
        draws = sets.logsumexp(dim=1) - math.log(self.num_sets)  # Of mean probabilities.
        right = draws.argmax(dim=-1) == batch.y
        self._keep(batch, right.double().mean(dim=0))
        vote = draws.logsumexp(dim=0).argmax(dim=-1) == batch.y
        loss = F.nll_loss(draws.flatten(0, 1), batch.y.repeat(self.num_draws)) * size
        sums = {f"acc_{draw}": (row.sum(), size) for draw, row in enumerate(right)}
        return {**sums, "vote": (vote.sum(), size), "loss": (loss, size)}

    def _keep(self, batch: Any, right: Tensor) -> None:
        if self._trainer is None or not self.trainer.testing or "matrix" not in batch:
            return
        linear = batch.matrix[:, :2, :2] / batch.matrix[:, 2:, 2:]
        far = (linear - torch.eye(2).to(linear)).norm(dim=(1, 2))
        self._kept.setdefault(self._part, []).append((far.cpu(), right.cpu()))

    def _averages(self) -> dict[str, float]:
        """Draws as their mean and standard deviation."""
        return merge_draws(super()._averages(), "acc", self.num_draws)

    def on_test_start(self) -> None:
        self._kept = {}

    def export(self, run_dir: Path) -> None:
        """Draws the accuracy against the size of the maps."""
        sets = {
            part: tuple(torch.cat(values) for values in zip(*pairs, strict=True))
            for part, pairs in self._kept.items()
        }
        moved = {part: pair for part, pair in sets.items() if float(pair[0].max()) > 0}
        if not moved:
            return
        far = torch.cat([pair[0] for pair in moved.values()])
        bounds = far.quantile(torch.linspace(0, 1, _BINS + 1).to(far))
        middle = (bounds[:-1] + bounds[1:]) / 2
        lines = {}
        for part, (distance, right) in moved.items():
            which = torch.bucketize(distance, bounds[1:-1].contiguous())
            lines[part] = [100 * float(right[which == i].mean()) for i in range(_BINS)]
        x_label, y_label = "distance of the map from the identity", "accuracy (%)"
        file, title = run_dir / "figures" / "accuracy.png", "Accuracy of moved images"
        draw_lines(file, middle.tolist(), lines, x_label, y_label, title)
