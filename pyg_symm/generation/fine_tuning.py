"""Fine-tuning of saved generators."""

import os
from dataclasses import replace
from typing import Any

from .config import GraphStatistics
from .pard import PARD
from .pretrained import fill, load_model

_LIMITS = ("max_blocks", "max_size", "max_degree")


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
    config, tensors = load_model(path)
    known = config.statistics
    if vocabulary != config.vocabulary:
        raise ValueError(
            f"The model in '{path}' knows other classes than the data: {config.vocabulary}, and "
            f"'vocabulary' is {vocabulary}"
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
                f"{theirs})"
            )
    own = replace(known, max_nodes=statistics.max_nodes, first_size=statistics.first_size)
    model = PARD(replace(config, statistics=own))
    fill(model, tensors, path)
    return model


def saved_vocabulary(path: str | os.PathLike) -> dict[str, Any] | None:
    r"""The vocabulary of a saved model, for data to fine-tune it on.

    Args:
        path (str or Path): As in :meth:`~pyg_symm.generation.PARD.from_pretrained`.

    Examples:
        >>> saved_vocabulary("qm9")["atoms"]
        ['H', 'C', 'N', 'O', 'F']
    """
    return load_model(path)[0].vocabulary


def saved_limits(path: str | os.PathLike) -> dict[str, int]:
    r"""What graphs may have at most for a saved model to learn them.

    Args:
        path (str or Path): As in :meth:`~pyg_symm.generation.PARD.from_pretrained`.

    Examples:
        >>> saved_limits("moses")["max_blocks"]
        20
    """
    statistics = load_model(path)[0].statistics
    return {name: getattr(statistics, name) for name in _LIMITS}
