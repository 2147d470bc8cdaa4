"""Which molecules are within the limits of a generator."""

from collections.abc import Mapping

import numpy as np

from pyg_symm.datasets.columns import segments

LIMITS = ("max_nodes", "max_blocks", "max_size", "max_degree")
_CHUNK = 100_000  # Graphs that are compared at once.


def within_limits(
    columns: Mapping[str, np.ndarray], index: np.ndarray, limits: Mapping[str, int]
) -> tuple[np.ndarray, dict[str, int]]:
    r"""Compares graphs with limits.

    Args:
        columns (Mapping): All columns.
        index (numpy.ndarray): The graphs :math:`(G)`.
        limits (Mapping): Limits by their names in :data:`LIMITS`.

    Returns:
        tuple: Which graphs are within all limits :math:`(G)`, and how many are beyond each limit; a
        graph beyond several counts for the first one.

    Raises:
        ValueError: If there is no such limit, or one is not positive.
    """
    for name, limit in limits.items():
        if name not in LIMITS:
            raise ValueError(f"'limits' must be some of {list(LIMITS)} (got {name!r})")
        if limit < 1:
            raise ValueError(f"'{name}' must be positive (got {limit})")
    inside = np.ones(len(index), dtype=bool)
    beyond = dict.fromkeys(limits, 0)
    for begin in range(0, len(index), _CHUNK):
        part = inside[begin : begin + _CHUNK]
        sizes = limited_sizes(columns, index[begin : begin + _CHUNK])
        for name, limit in limits.items():
            out = part & (sizes[name] > limit)
            beyond[name] += int(out.sum())
            part &= ~out
    return inside, {name: count for name, count in beyond.items() if count}


def limited_sizes(columns: Mapping[str, np.ndarray], index: np.ndarray) -> dict[str, np.ndarray]:
    r"""The sizes of some graphs that :data:`LIMITS` bound.

    Args:
        columns (Mapping): All columns.
        index (numpy.ndarray): The graphs :math:`(G)`.

    Returns:
        dict: The nodes and blocks of each graph, the nodes of its largest block, and the largest
        number of neighbours of a node in its own block and those before :math:`(G)`.
    """
    atoms, atom_ptr = segments(columns["atom_ptr"], index)
    which, bond_ptr = segments(columns["bond_ptr"], index)
    owner = np.repeat(np.arange(len(index)), np.diff(atom_ptr))
    block = columns["block_id"][atoms].astype(np.int64)
    stride = 1 + int(block.max(initial=0))
    in_block = np.bincount(owner * stride + block, minlength=len(index) * stride)
    ends = columns["bond"][which][:, :2].astype(np.int64)
    first, second = (ends + np.repeat(atom_ptr[:-1], np.diff(bond_ptr))[:, None]).T
    before = [first[block[second] <= block[first]], second[block[first] <= block[second]]]
    degree = np.bincount(np.concatenate(before), minlength=len(atoms))
    largest_degree = np.zeros(len(index), np.int64)
    np.maximum.at(largest_degree, owner, degree)
    return {
        "max_nodes": np.diff(atom_ptr),
        "max_blocks": columns["num_blocks"][index].astype(np.int64),
        "max_size": in_block.reshape(len(index), stride).max(axis=1, initial=0),
        "max_degree": largest_degree,
    }
