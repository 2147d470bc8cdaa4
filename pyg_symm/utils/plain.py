"""Where functions with a backward pass of their own must not be used."""

import torch


def needs_plain_functions() -> bool:
    r"""Whether only PyTorch's own functions may be used here.

    A compiler decides by itself what to keep for a backward pass and what to compute again. The
    transforms of :mod:`torch.func` take every derivative of PyTorch's own functions, and also batch
    them, but not the subclasses of :class:`torch.autograd.Function` that save memory.

    Examples:
        >>> needs_plain_functions()
        False
        >>> torch.func.vmap(lambda x: x + needs_plain_functions())(torch.zeros(2))
        tensor([1., 1.])
    """
    return torch.compiler.is_compiling() or torch._C._are_functorch_transforms_active()
