"""The Fréchet ChemNet distance, on the network of the package ``fcd``."""

import importlib
import importlib.util
import warnings
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

#: How to get the package.
FCD_HINT = "install it with: pip install fcd"

_PADDED = 350  # Letters to which ``fcd`` pads a SMILES, one of them the end.
_CHUNK = 2048


class Gaussian(NamedTuple):
    """The mean [512] and covariance [512, 512] of the activations of a set of molecules."""

    mean: np.ndarray
    covariance: np.ndarray


def fcd_library() -> Any:
    r"""The package ``fcd``.

    Raises:
        ImportError: If it is not installed; the message says how to.
    """
    try:
        return importlib.import_module("fcd")
    except ModuleNotFoundError as error:
        raise ImportError(f"FCD needs the package fcd; {FCD_HINT}") from error


def has_fcd() -> bool:
    """Whether the package ``fcd`` is installed."""
    return importlib.util.find_spec("fcd") is not None


def chemnet_statistics(
    smiles: Sequence[str],
    batch_size: int = 128,
    device: str | None = None,
    description: str | None = None,
) -> Gaussian | None:
    r"""Computes the mean and covariance of the last hidden layer of ChemNet.

    Args:
        smiles (Sequence): Canonical SMILES; the network reads letters, not molecules.
        batch_size (int, optional): Molecules at a time. (default: :obj:`128`)
        device (str, optional): Device of the network. (default: a GPU if available)
        description (str, optional): The title of a progress bar. (default: no bar)

    Returns:
        Gaussian: In double precision, or :obj:`None` for fewer than two molecules.

    Examples:
        >>> chemnet_statistics(["CCO", "CCN", "CCC"]).mean.shape  # doctest: +SKIP
        (512,)
    """
    if len(smiles) < 2:
        return None
    fcd = fcd_library()
    with warnings.catch_warnings():  # It leaves a temporary folder to the garbage collector.
        warnings.filterwarnings("ignore", message="Implicitly cleaning up")
        model = fcd.load_ref_model()
    counts = Counter(smiles)  # Equal molecules need one pass of the network.
    # A batch is padded to its longest member. Long ones run alone, so that no other is affected.
    short = [text for text in counts if len(text) < _PADDED]
    parts = [short[i : i + _CHUNK] for i in range(0, len(short), _CHUNK)]
    parts += [[text] for text in counts if len(text) >= _PADDED]
    first: np.ndarray | None = None
    total, products = np.zeros(512), np.zeros((512, 512))
    with tqdm(total=len(counts), desc=description, unit="mol", disable=description is None) as bar:
        for part in parts:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message="Padding lengths")
                warnings.filterwarnings("ignore", message=".*row_stack", category=Warning)
                found = fcd.get_predictions(model, part, batch_size, n_jobs=0, device=device)
            found = found.astype(np.float64)
            # About the first mean, where sums of squares lose no digits.
            first = found.mean(axis=0) if first is None else first
            found, number = found - first, np.array([counts[text] for text in part])
            total += number @ found
            products += (found.T * number) @ found
            bar.update(len(part))
    assert first is not None
    shift = total / len(smiles)
    covariance = (products - len(smiles) * np.outer(shift, shift)) / (len(smiles) - 1)
    return Gaussian(first + shift, covariance)


def frechet_distance(one: Gaussian, other: Gaussian) -> float:
    r"""The squared Fréchet distance between two normal distributions.

    .. math::
        d^2 = \lVert \mu_1 - \mu_2 \rVert^2 + \mathrm{tr} \left( \Sigma_1 + \Sigma_2
        - 2 (\Sigma_1^{1/2} \Sigma_2 \Sigma_1^{1/2})^{1/2} \right)

    Papers: `Fréchet ChemNet Distance <https://arxiv.org/abs/1803.09518>`_,
    `Dowson and Landau <https://doi.org/10.1016/0047-259X(82)90077-X>`_

    It uses eigenvalues of symmetric matrices only. Singular covariances, as of fewer molecules than
    units, need no special case.

    Args:
        one (Gaussian): A distribution.
        other (Gaussian): Another.

    Examples:
        >>> one = Gaussian(np.zeros(2), np.diag([1.0, 4.0]))
        >>> other = Gaussian(np.ones(2), np.diag([9.0, 4.0]))
        >>> round(frechet_distance(one, other), 9)
        6.0
    """
    difference = one.mean - other.mean
    values, vectors = np.linalg.eigh(one.covariance)
    root = vectors * np.sqrt(values.clip(min=0)) @ vectors.T
    cross = np.linalg.eigvalsh(root @ other.covariance @ root).clip(min=0)
    trace = np.trace(one.covariance) + np.trace(other.covariance) - 2 * np.sqrt(cross).sum()
    return max(0.0, float(difference @ difference + trace))
