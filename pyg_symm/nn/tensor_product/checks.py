"""Checks of harmonic coefficients, which several layers take."""

from torch import Tensor


def check_coefficients(name: str, x: Tensor, lmax: int, channels: int | None = None) -> None:
    r"""Checks that a tensor holds harmonic coefficients :math:`(*, C, (\mathrm{lmax} + 1)^2)`.

    Raises:
        ValueError: If its shape or type is another one.
    """
    components = (lmax + 1) ** 2
    if x.dim() < 2 or x.size(-1) != components or (channels is not None and x.size(-2) != channels):
        wanted = "C" if channels is None else channels
        raise ValueError(
            f"'{name}' must have shape [..., {wanted}, {components}], for degrees up to {lmax} "
            f"(got {list(x.shape)})"
        )
    if not x.is_floating_point():
        raise ValueError(f"'{name}' must hold real floating-point numbers (got {x.dtype})")
