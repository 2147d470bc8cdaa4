"""Similarities between sets of molecules."""

import functools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from tqdm import tqdm

from pyg_symm.utils import parallel_map

# Columns of that many bytes stay in the fast caches while they are added.
_CHUNK = 16384


def nearest_similarity(
    fingerprints: np.ndarray,
    reference: np.ndarray,
    workers: int = 1,
    description: str | None = None,
) -> np.ndarray:
    r"""The Tanimoto similarity of each molecule to the nearest one of a reference set.

    .. math::
        \mathrm{SNN}(a) = \max_{b \in \mathcal{R}} T(a, b), \qquad
        T(a, b) = \frac{|a \cap b|}{|a| + |b| - |a \cap b|}

    Args:
        fingerprints (np.ndarray): Packed bits :math:`(N, B)`, bytes.
        reference (np.ndarray): Packed bits :math:`(R, B)`, bytes.
        workers (int, optional): The number of processes. (default: :obj:`1`)
        description (str, optional): The title of a progress bar. (default: no bar)

    Returns:
        np.ndarray: Similarities :math:`(N)`; 0 if there is no reference.

    Examples:
        >>> bits = np.packbits([[1, 1, 0, 0], [0, 0, 1, 1], [1, 1, 1, 0]], axis=1)
        >>> nearest_similarity(bits[:2], bits[1:]).round(3)
        array([0.667, 1.   ])
    """
    nearest = np.zeros(len(fingerprints))
    for found in _each_chunk(_nearest, fingerprints, reference, workers, description):
        np.maximum(nearest, found, out=nearest)
    return nearest


def internal_diversity(fingerprints: np.ndarray, p: int = 1) -> float:
    r"""How different the molecules of a set are.

    .. math::
        \mathrm{IntDiv}_p = 1 - \frac{1}{N} \sum_a
        \left( \frac{1}{N} \sum_b T(a, b)^p \right)^{1/p}

    The root is taken for each molecule, and a molecule is compared with itself too. 0 for no
    molecules.

    Args:
        fingerprints (np.ndarray): Packed bits :math:`(N, B)`, bytes.
        p (int, optional): The power. (default: :obj:`1`)

    Examples:
        >>> bits = np.packbits([[1, 1, 0, 0], [0, 0, 1, 1]], axis=1)
        >>> internal_diversity(bits)
        0.5
        >>> round(internal_diversity(bits, p=2), 4)
        0.2929
    """
    return internal_diversities(fingerprints, (p,))[0]


def internal_diversities(
    fingerprints: np.ndarray,
    powers: tuple[int, ...],
    workers: int = 1,
    description: str | None = None,
) -> list[float]:
    """:func:`internal_diversity` for several powers, in one pass over the pairs."""
    size = len(fingerprints)
    if size == 0:
        return [0.0 for _ in powers]
    sums = np.zeros((len(powers), size))
    function = functools.partial(_sums_of_powers, powers)
    for found in _each_chunk(function, fingerprints, fingerprints, workers, description):
        sums += found
    roots = 1 / np.array(powers, dtype=float)[:, None]
    return (1 - ((sums / size) ** roots).mean(axis=1)).tolist()


def _each_chunk(
    function: Any,
    rows: np.ndarray,
    columns: np.ndarray,
    workers: int,
    description: str | None,
) -> Iterator[np.ndarray]:
    """What a function of the rows and of a chunk of the columns gives, for each chunk."""
    # Columns of one size stand together: where sizes are equal, shared bits alone decide.
    sizes = _sizes(columns)
    order = np.argsort(sizes, kind="stable")
    chunks = [order[start : start + _CHUNK] for start in range(0, len(order), _CHUNK)]
    items = ((columns[chunk], sizes[chunk]) for chunk in chunks)
    bits = [np.unpackbits(row).nonzero()[0] for row in rows]
    bar = tqdm(total=len(chunks), desc=description, unit="block", disable=description is None)
    with bar:
        yield from parallel_map(
            functools.partial(function, bits), items, min(workers, max(1, len(chunks))), bar=bar
        )


def _nearest(rows: list[np.ndarray], chunk: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """The largest similarity of each row to a chunk of columns [N]."""
    starts, sizes = _groups(chunk[1])
    nearest = np.zeros(len(rows))
    for i, shared in enumerate(_shared_bits(rows, chunk[0])):
        most = np.maximum.reduceat(shared, starts)
        nearest[i] = _tanimoto(most, len(rows[i]), sizes).max()
    return nearest


def _sums_of_powers(
    powers: tuple[int, ...], rows: list[np.ndarray], chunk: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """Sums of powers of the similarities of each row to a chunk of columns [P, N].

    Pairs with equal sizes and equally many shared bits have one similarity, hence they are counted.
    """
    starts, sizes = _groups(chunk[1])
    width = max(map(len, rows)) + 1
    offset = np.repeat(np.arange(len(sizes)) * width, np.diff(starts, append=len(chunk[1])))
    sums = np.zeros((len(powers), len(rows)))

    @functools.cache
    def similarities(size: int) -> np.ndarray:
        """Powers of the similarity of a row [P, G * W] for each size and number of shared bits."""
        grid = np.broadcast_to(np.arange(width), (len(sizes), width))
        possible = grid <= np.minimum(size, sizes)[:, None]
        values = np.where(possible, _tanimoto(grid * possible, size, sizes[:, None]), 0.0)
        return np.stack([values.ravel() ** p for p in powers])

    for i, shared in enumerate(_shared_bits(rows, chunk[0])):
        counts = np.bincount(offset + shared, minlength=width * len(sizes))
        sums[:, i] = similarities(len(rows[i])) @ counts
    return sums


def _shared_bits(rows: list[np.ndarray], chunk: np.ndarray) -> Iterator[np.ndarray]:
    """For each row, how many of its bits each of a chunk of columns has.

    A molecule sets some 43 of 1,024 bits. What it shares with all others of a chunk is the sum of
    just these rows of the transposed bit matrix, in bytes.
    """
    table = np.ascontiguousarray(np.unpackbits(chunk, axis=1).T)  # [num_bits, chunk]
    for ones in rows:
        # A byte counts to 255.
        yield table[ones].sum(axis=0, dtype=np.uint8 if len(ones) < 256 else np.uint16)


def _groups(sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each run of equal sizes starts, and its size."""
    starts = np.flatnonzero(np.diff(sizes, prepend=-1))
    return starts, sizes[starts]


def _tanimoto(shared: np.ndarray, size: int, sizes: np.ndarray) -> np.ndarray:
    shared = shared.astype(np.int64)
    union = sizes + size - shared
    # Two molecules without bits are equal.
    return np.where(union == 0, 1.0, shared / np.maximum(union, 1))


def _sizes(fingerprints: np.ndarray) -> np.ndarray:
    """How many bits each has, some at a time, because they are eight times as large unpacked."""
    parts = [fingerprints[i : i + _CHUNK] for i in range(0, len(fingerprints), _CHUNK)]
    sizes = [np.unpackbits(part, axis=1).sum(axis=1, dtype=np.int64) for part in parts]
    return np.concatenate([np.zeros(0, np.int64), *sizes])


def cosine_similarity(counts: Mapping[str, int], reference: Mapping[str, int]) -> float:
    r"""The cosine between two histograms of fragments or scaffolds.

    .. math::
        \cos(c, r) = \frac{\sum_f c_f r_f}{\lVert c \rVert \, \lVert r \rVert}

    Args:
        counts (Mapping): How often each occurs.
        reference (Mapping): The same of a reference set.

    Returns:
        float: In :math:`[0, 1]`; 0 if a histogram is empty.

    Examples:
        >>> cosine_similarity({"C": 3, "N": 4}, {"C": 1})
        0.6
    """
    # In integers of Python, which do not overflow; equal histograms give exactly 1.
    product = sum(count * reference.get(name, 0) for name, count in counts.items())
    squares = [sum(c * c for c in histogram.values()) for histogram in (counts, reference)]
    return product / (squares[0] * squares[1]) ** 0.5 if product else 0.0
