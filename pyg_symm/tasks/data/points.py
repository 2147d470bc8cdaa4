"""Point clouds and molecules with coordinates, in batches that cost next to nothing."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch_geometric.data import Batch, Data

from pyg_symm.utils import check_limit, evenly_spread

from .epochs import EpochDataModule
from .packed import PackedBatches, PackedGraphs

_FLOATS = ("x", "pos", "vec", "force")  # Cast to the default type; energies keep their digits.


class PointData(EpochDataModule):
    r"""Graphs with positions, kept as few tensors on the device of the run.

    Nodes that have atomic numbers ``z`` and no features get the one-hot code of their element, over
    the elements of the training graphs, as ``x``. Energies of isolated atoms are those of the
    training set, if it has ``atom_energies``.

    Args:
        train (Sequence[Data]): The graphs to train on.
        val (Sequence[Data], optional): Graphs to validate on. (default: a tenth of ``train``,
            evenly spread)
        tests (dict, optional): Sets to test on; scores are named after the keys.
            (default: the validation graphs as ``test``)
        transform (Callable, optional): Applied to every training batch, such as a random rotation.
        batch_size (int, optional): The number of graphs in a mini-batch. (default: :obj:`100`)
        seed (int, optional): The seed of the shuffling. (default: :obj:`0`)
        limit (int, optional): Train on at most this many graphs, evenly spread. (default: all)
        val_limit (int, optional): Validate on at most this many graphs, evenly spread.
            (default: all)
        edges (bool, optional): Whether to keep the edges of the data. Without them, networks take
            all pairs of nodes of a graph, within their cutoff if they have one.
            (default: :obj:`True`)
        name (str, optional): What the data are called in messages.
            (default: the name of the class of :obj:`train`)

    Raises:
        ValueError: If a set is empty, or has an element that no training graph has.
    """

    def __init__(
        self,
        train: Sequence[Data],
        val: Sequence[Data] | None = None,
        tests: Mapping[str, Sequence[Data]] | None = None,
        transform: Callable[[Any], Any] | None = None,
        batch_size: int = 100,
        seed: int = 0,
        limit: int | None = None,
        val_limit: int | None = None,
        edges: bool = True,
        name: str | None = None,
    ) -> None:
        super().__init__(batch_size, seed, limit, type(train).__name__ if name is None else name)
        check_limit(val_limit, "val_limit")
        self.atom_energies = getattr(train, "atom_energies", None) or None
        self.transform = transform
        self.edges = edges
        packed = PackedGraphs(train)
        if val is None:
            packed, held_out = _tenth(packed)
        else:
            held_out = PackedGraphs(val)
        packed, held_out = _spread(packed, limit), _spread(held_out, val_limit)
        self.elements = packed["z"].unique() if "z" in packed else None
        self.train = self._prepare(packed, "train")
        self.val = self._prepare(held_out, "val")
        self.tests = {"test": self.val}
        if tests:
            parts = {key: PackedGraphs(graphs) for key, graphs in tests.items()}
            self.tests = {key: self._prepare(part, key) for key, part in parts.items()}
        self.test_names = list(self.tests)

    def _prepare(self, graphs: PackedGraphs, name: str) -> PackedGraphs:
        """Features of elements, and one type of floating-point numbers."""
        if not self.edges:
            graphs.edge_ptr, graphs.edge = None, {}
        if self.elements is not None and "x" not in graphs:
            graphs.node["x"] = one_hot_elements(graphs["z"], self.elements, name)
        for key in _FLOATS:
            for home in (graphs.node, graphs.graph):
                if key in home:
                    home[key] = home[key].to(torch.get_default_dtype())
        return graphs

    def describe(self) -> dict[str, int]:
        """The numbers of scalars and vectors of a node, and of those to predict.

        Targets of a node are vectors, targets of a graph numbers or, if they are whole, its class.
        """
        y = self.train["y"] if "y" in self.train else None
        sizes = {"in_channels": self.train["x"].size(-1) if "x" in self.train else 0}
        if "vec" in self.train:
            sizes["in_vectors"] = self.train["vec"].size(1)
        if y is None:
            return {**sizes, "out_channels": 1}
        if "y" in self.train.node:
            return {**sizes, "out_channels": 0, "out_vectors": y.size(1) if y.dim() == 3 else 1}
        if not y.is_floating_point():
            return {**sizes, "out_channels": int(y.max()) + 1}
        return {**sizes, "out_channels": y.size(-1) if y.dim() > 1 else 1}

    def batch(self, graphs: Sequence[Data]) -> Batch:
        r"""New graphs as a batch, with the features that the training graphs have.

        Args:
            graphs (Sequence[Data]): The graphs.

        Raises:
            ValueError: If there is no graph, or an element that no training graph has.
        """
        return self._prepare(PackedGraphs(graphs), "graphs").batch(torch.arange(len(graphs)))

    def train_dataloader(self) -> Any:
        order = self.sampler(len(self.train))
        return PackedBatches(self._here(self.train), self.batch_size, order, self.transform)

    def val_dataloader(self) -> Any:
        return PackedBatches(self._here(self.val), self.batch_size)

    def test_dataloader(self) -> Any:
        return [PackedBatches(self._here(part), self.batch_size) for part in self.tests.values()]

    def _here(self, graphs: PackedGraphs) -> PackedGraphs:
        """The graphs on the device of the run."""
        return graphs if self.trainer is None else graphs.to(self.trainer.strategy.root_device)


class PointSplits(PointData):
    r"""A dataset of graphs with positions that has predefined splits.

    Args:
        dataset (Callable): From ``split=`` to a dataset.
        test_splits (list, optional): Splits to test on. (default: ``["test"]``)
        **kwargs (optional): Arguments of :class:`PointData`.
    """

    def __init__(
        self,
        dataset: Callable[..., Sequence[Data]],
        test_splits: Sequence[str] = ("test",),
        **kwargs: Any,
    ) -> None:
        tests = {split: dataset(split=split) for split in test_splits}
        super().__init__(dataset(split="train"), dataset(split="val"), tests, **kwargs)


def one_hot_elements(z: Tensor, elements: Tensor, name: str = "z") -> Tensor:
    r"""The one-hot code of each atom.

    Args:
        z (torch.Tensor): Atomic numbers :math:`(N)`.
        elements (torch.Tensor): The elements, ascending :math:`(K)`.
        name (str, optional): What the atoms are called in messages.

    Returns:
        torch.Tensor: Codes :math:`(N, K)`.

    Raises:
        ValueError: If there is an atom of another element.

    Examples:
        >>> one_hot_elements(torch.tensor([8, 1]), torch.tensor([1, 8]))
        tensor([[0., 1.],
                [1., 0.]])
    """
    place = torch.searchsorted(elements, z).clamp(max=elements.numel() - 1)
    if (foreign := z[elements[place] != z]).numel() > 0:
        raise ValueError(
            f"'{name}' must have elements of the training graphs, {elements.tolist()} (got "
            f"{foreign.unique().tolist()})"
        )
    return F.one_hot(place, elements.numel()).to(torch.get_default_dtype())


def _spread(graphs: PackedGraphs, limit: int | None) -> PackedGraphs:
    if limit is None or limit >= len(graphs):
        return graphs
    return graphs.take(evenly_spread(limit, len(graphs)).nonzero().view(-1))


def _tenth(graphs: PackedGraphs) -> tuple[PackedGraphs, PackedGraphs]:
    """Nine tenths to train on, and one to validate."""
    if len(graphs) < 2:
        raise ValueError("'train' must have at least two graphs if there is no 'val'")
    held_out = evenly_spread(max(1, len(graphs) // 10), len(graphs))
    return graphs.take((~held_out).nonzero().view(-1)), graphs.take(held_out.nonzero().view(-1))
