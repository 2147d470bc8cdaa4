"""Which molecules are alike."""

import numpy as np


def tanimoto(bits: np.ndarray) -> np.ndarray:
    r"""The Tanimoto similarity of fingerprints, common bits by bits of either.

    Args:
        bits (numpy.ndarray): Fingerprints, zero and one, :math:`(M, 1024)`.

    Returns:
        numpy.ndarray: Similarities :math:`(M, M)`; two empty fingerprints are equal.

    Examples:
        >>> tanimoto(np.array([[1, 1, 0], [1, 0, 0], [0, 0, 1]])).round(2)
        array([[1. , 0.5, 0. ],
               [0.5, 1. , 0. ],
               [0. , 0. , 1. ]])
    """
    bits = bits.astype(np.float64)
    common = bits @ bits.T
    count = bits.sum(axis=1)
    either = count[:, None] + count - common
    return np.divide(common, either, out=np.ones_like(common), where=either > 0)


def cluster_centres(similarity: np.ndarray, cutoff: float) -> list[int]:
    r"""The centres of clusters of alike molecules.

    Again and again, the molecule with the most neighbours becomes a centre, and leaves with them;
    of equal ones the first. Paper: `Butina <https://doi.org/10.1021/ci9803381>`_

    Args:
        similarity (numpy.ndarray): Similarities :math:`(M, M)`.
        cutoff (float): The similarity of neighbours, at least.

    Examples:
        >>> cluster_centres(np.array([[1.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 1.0]]), 0.4)
        [0, 2]
    """
    near = similarity >= cutoff
    np.fill_diagonal(near, True)
    left = np.ones(len(near), dtype=bool)
    centres = []
    while left.any():
        count = np.where(left, (near & left).sum(axis=1), 0)
        centre = int(count.argmax())
        centres.append(centre)
        left &= ~near[centre]
    return centres
