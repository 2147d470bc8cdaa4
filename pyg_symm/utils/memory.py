"""Whether an allocation fits into memory, asked before it is made."""

import warnings

import torch

_SMALL = 2**30  # Bytes that nobody needs to be told of.


def free_memory(device: torch.device) -> int | None:
    r"""Bytes that can still be allocated on a device; :obj:`None` if this is not known."""
    if device.type == "cpu":
        import psutil  # Comes with torch_geometric.

        return psutil.virtual_memory().available
    if device.type == "cuda":
        unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + unused
    return None


def fits(num_bytes: int, device: torch.device) -> bool:
    """Whether that many bytes can be allocated, as far as this is known."""
    free = free_memory(device) if num_bytes > _SMALL else None
    return free is None or num_bytes <= free


def check_memory(num_bytes: int, device: torch.device, what: str, remedy: str) -> None:
    r"""Refuses an allocation that does not fit.

    Args:
        num_bytes (int): The number of bytes that are needed.
        device (torch.device): Where they are needed.
        what (str): What takes them: ``"10 pairs"``.
        remedy (str): What to do about it: ``"set 'max_nodes'"``.

    Raises:
        ValueError: If less memory than that is free.
    """
    free = free_memory(device) if num_bytes > _SMALL else None
    if free is not None and num_bytes > free:
        raise ValueError(
            f"{what} need {num_bytes / 2**30:,.1f} GiB of memory, but {free / 2**30:,.1f} GiB are "
            f"free on '{device}'; {remedy}"
        )


def warn_of_memory(num_bytes: int, device: torch.device, what: str, remedy: str) -> None:
    r"""Warns of a large allocation, and refuses one that does not fit, see :func:`check_memory`."""
    check_memory(num_bytes, device, what, remedy)
    if num_bytes > _SMALL:
        message = f"{what} need {num_bytes / 2**30:,.1f} GiB of memory; to need less, {remedy}"
        warnings.warn(message, stacklevel=2)
