"""Whether settings can be those of given weights, before a model of them is made."""

import math
from dataclasses import fields
from typing import Any

from torch import Tensor

from pyg_symm.chem import MoleculeVocabulary

from .config import GraphStatistics, PARDConfig

_MOST_STEPS, _MOST_NODES = 100_000, 1_000_000
_NOT_SIZES = ("max_hops", "max_nodes")  # Of no tensor.


def check_config(config: PARDConfig, tensors: dict[str, Tensor]) -> None:
    r"""Refuses nonsense quickly: a network of a billion channels takes all memory before it fails.

    No size of a network is larger than every dimension of its weights and than their number.

    Args:
        config (PARDConfig): The settings.
        tensors (dict): The weights.

    Raises:
        ValueError: If a setting is out of range; the message names it.
    """
    largest = max([len(tensors), *(size for value in tensors.values() for size in value.shape)])
    known = config.statistics
    for name in (field.name for field in fields(GraphStatistics)):
        value = getattr(known, name)
        if isinstance(value, list):
            _check_weights(name, value)
        else:
            most = _MOST_NODES if name in _NOT_SIZES else largest
            _check_number(f"statistics.{name}", value, 0, most)
    _check_number("num_steps", config.num_steps, 1, _MOST_STEPS)
    for part in ("network", "predictor"):
        for name, value in getattr(config, part).items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                if not math.isfinite(value) or not 0 <= value <= largest:
                    raise ValueError(f"'{part}.{name}' must be in 0..{largest} (got {value})")
    lengths = {
        "node_marginal": (known.node_marginal, known.num_node_classes),
        "edge_marginal": (known.edge_marginal, known.num_edge_classes),
    }
    for name, (value, length) in lengths.items():
        if len(value) != length:
            raise ValueError(f"'statistics.{name}' must have {length} values (got {len(value)})")
    if config.vocabulary is not None:
        _check_vocabulary(config.vocabulary, known)


def _check_number(name: str, value: Any, least: int, most: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ValueError(f"'{name}' must be a whole number in {least}..{most} (got {value!r})")


def _check_weights(name: str, values: list[Any]) -> None:
    good = all(isinstance(v, int | float) and math.isfinite(v) and v >= 0 for v in values)
    if not good or sum(values) <= 0:
        raise ValueError(f"'statistics.{name}' must be non-negative numbers, not all of them zero")


def _check_vocabulary(arguments: dict[str, Any], known: GraphStatistics) -> None:
    vocabulary = MoleculeVocabulary.from_dict(arguments)
    classes = vocabulary.num_atom_classes, vocabulary.num_bond_classes
    if classes != (known.num_node_classes, known.num_edge_classes):
        raise ValueError(
            f"'vocabulary' must have {known.num_node_classes} atoms and {known.num_edge_classes} "
            f"bonds (got {classes[0]} and {classes[1]})"
        )
