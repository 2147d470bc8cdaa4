"""Whether tensors hold NaN or infinite numbers."""

from torch import Tensor


def all_finite(tensor: Tensor) -> bool:
    r"""Whether all numbers of a tensor are finite.

    A finite sum has finite summands, and costs a fraction of looking at each of them. A sum that is
    not finite may be an overflow.
    """
    return bool(tensor.sum().isfinite()) or bool(tensor.isfinite().all())
