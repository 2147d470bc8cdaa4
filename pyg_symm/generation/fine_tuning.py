"""Fine-tuning of saved generators."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from torch_geometric.data import Data

from pyg_symm.chem import MoleculeVocabulary

from .config import GraphStatistics
from .pard import PARD
from .pretrained import load_config, load_model

_LIMITS = "max_blocks", "max_size", "max_degree"  # The sizes that a network is made for.
_ANY = 4096  # More classes than any model has.


def fine_tuned(
    path: str | os.PathLike, statistics: GraphStatistics, vocabulary: dict[str, Any] | None = None
) -> PARD:
    r"""A saved generator, in training mode, for fine-tuning on other graphs.

    Its network, noise and steps are unchanged. The maximum number of nodes and the distribution of
    the first block's size are those of the new graphs.

    Args:
        path (str or Path): As in :meth:`~pyg_symm.generation.PARD.from_pretrained`.
        statistics (GraphStatistics): Of the graphs to learn from.
        vocabulary (dict, optional): What their classes mean, for molecules.

    Raises:
        FileNotFoundError: If there is no model.
        ValueError: If it is damaged, or the graphs are not of a kind that it can learn.
    """
    config = load_config(path)
    known = config.statistics
    if vocabulary != config.vocabulary:
        raise ValueError(
            f"The model in '{path}' has another vocabulary than the data: {config.vocabulary}, and "
            f"'vocabulary' is {vocabulary}; 'model_vocabulary' gives that of the model"
        )
    for name in ("num_node_classes", "num_edge_classes", "max_hops"):
        ours, theirs = getattr(known, name), getattr(statistics, name)
        if ours != theirs:
            raise ValueError(
                f"'{name}' of the data must be {ours} for the model in '{path}' (got {theirs})"
            )
    for name in _LIMITS:
        ours, theirs = getattr(known, name), getattr(statistics, name)
        if ours < theirs:
            raise ValueError(
                f"'{name}' of the data must be at most {ours} for the model in '{path}' (got "
                f"{theirs}); 'within_model' leaves out graphs beyond the limits of the model"
            )
    own = replace(known, max_nodes=statistics.max_nodes, first_size=statistics.first_size)
    return load_model(path, lambda config: PARD(replace(config, statistics=own)))


def model_requirements(path: str | os.PathLike | None) -> dict[str, Any] | None:
    r"""What a saved model of molecules requires of data to fine-tune it on.

    Args:
        path (str or Path, optional): As in :func:`fine_tuned`.

    Returns:
        dict: :func:`model_vocabulary` and :func:`model_limits`, for the argument ``model`` of
        :class:`~pyg_symm.datasets.SmilesGraphs`; :obj:`None` without a path.

    Raises:
        FileNotFoundError: If there is no model.
        ValueError: If it is not a model of molecules.
    """
    if path is None:
        return None
    return {"vocabulary": model_vocabulary(path), "limits": model_limits(path)}


def model_vocabulary(path: str | os.PathLike) -> MoleculeVocabulary:
    r"""The vocabulary of a saved model of molecules.

    Args:
        path (str or Path): As in :func:`fine_tuned`.

    Raises:
        FileNotFoundError: If there is no model.
        ValueError: If it is not a model of molecules.

    Examples:
        >>> model_vocabulary("moses").atoms
        ('C', 'N', 'S', 'O', 'F', 'Cl', 'Br')
    """
    known = load_config(path).vocabulary
    if known is None:
        raise ValueError(f"'path' must be a model of molecules (got '{path}')")
    return MoleculeVocabulary.from_dict(known)


def model_limits(path: str | os.PathLike) -> dict[str, int]:
    r"""The limits of graphs that a saved model can be fine-tuned on.

    They are arguments of :meth:`MoleculeDataset.within
    <pyg_symm.datasets.MoleculeDataset.within>`. The number of nodes is not among them: the network
    has no limit, and :func:`fine_tuned` takes the one of the new graphs.

    Args:
        path (str or Path): As in :func:`fine_tuned`.

    Raises:
        FileNotFoundError: If there is no model.

    Examples:
        >>> sorted(model_limits("qm9"))
        ['max_blocks', 'max_degree', 'max_size']
    """
    known = load_config(path).statistics
    # With blocks of any nodes, degrees are not known.
    names = [name for name in _LIMITS if name != "max_degree" or known.max_hops > 0]
    return {name: getattr(known, name) for name in names}


def within_model(
    graphs: Sequence[Data], path: str | os.PathLike, max_nodes: int | None = None
) -> tuple[list[Data], dict[str, int]]:
    r"""Graphs that a saved model can be fine-tuned on.

    Args:
        graphs (Sequence[Data]): Graphs with classes as in training.
        path (str or Path): As in :func:`fine_tuned`.
        max_nodes (int, optional): Leave out larger graphs as well. (default: no limit)

    Returns:
        tuple: The graphs that are within the limits, and how many are not, by the first limit
        that a graph exceeds: ``"num_node_classes"``, ``"num_edge_classes"``, ``"max_nodes"``,
        ``"max_blocks"``, ``"max_size"`` or ``"max_degree"``.

    Raises:
        FileNotFoundError: If there is no model.

    Examples:
        >>> import torch
        >>> edge_index = torch.tensor([range(99), range(1, 100)])
        >>> path = Data(edge_index=torch.cat([edge_index, edge_index.flip(0)], 1), num_nodes=100)
        >>> within_model([path], "qm9")
        ([], {'max_blocks': 1})
    """
    known = load_config(path).statistics
    limits = {name: getattr(known, name) for name in ("num_node_classes", "num_edge_classes")}
    limits |= {} if max_nodes is None else {"max_nodes": max_nodes}
    limits |= model_limits(path)
    accepted, beyond = [], Counter[str]()
    for data in graphs:
        own = GraphStatistics.of([data], _ANY, _ANY, known.max_hops)
        classes = {
            "num_node_classes": _highest(own.node_marginal),
            "num_edge_classes": _highest(own.edge_marginal),
        }
        found = {name: classes.get(name, getattr(own, name)) for name in limits}
        wrong = [name for name, most in limits.items() if found[name] > most]
        if wrong:
            beyond[wrong[0]] += 1
        else:
            accepted.append(data)
    return accepted, dict(beyond)


def _highest(shares: list[float]) -> int:
    """The number of classes up to the last one that occurs."""
    return max(i for i, share in enumerate(shares, start=1) if share > 0)
