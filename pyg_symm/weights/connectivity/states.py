"""State dicts that belong together, and models that hold them."""

import copy
from collections.abc import Mapping

import torch
from torch import Tensor

State = Mapping[str, Tensor]


def is_continuous(value: Tensor) -> bool:
    """Whether a tensor has values between its values, unlike counts and masks."""
    return value.is_floating_point() or value.is_complex()


def check_pair(a: State, b: State, names: tuple[str, str] = ("a", "b")) -> None:
    r"""Checks that two state dicts have the same tensors, without NaN, or infinity in one alone.

    Args:
        a (dict): A state dict.
        b (dict): Another one.
        names (tuple, optional): What messages call them. (default: :obj:`("a", "b")`)

    Raises:
        ValueError: If they do not. The message names the tensor.
    """
    first, second = names
    for name, state in zip(names, (a, b), strict=True):
        if not isinstance(state, Mapping):
            raise ValueError(f"'{name}' must be a state dict (got {type(state).__name__})")
    if missing := [key for key in a if key not in b]:
        raise ValueError(
            f"'{second}' must have the tensors of '{first}' (it has no {missing[0]!r})"
        )
    if more := [key for key in b if key not in a]:
        raise ValueError(f"'{first}' must have the tensors of '{second}' (it has no {more[0]!r})")
    for key in a:
        if not torch.is_tensor(a[key]) or not torch.is_tensor(b[key]):
            raise ValueError(f"{key!r} must be a tensor in '{first}' and in '{second}'")
        if a[key].shape != b[key].shape:
            raise ValueError(
                f"{key!r} must have one shape in both (got {list(a[key].shape)} in '{first}' and "
                f"{list(b[key].shape)} in '{second}')"
            )
        if is_continuous(a[key]) != is_continuous(b[key]):
            raise ValueError(
                f"{key!r} must be floating point in both or in none (got {a[key].dtype} in "
                f"'{first}' and {b[key].dtype} in '{second}')"
            )
    for key in a:
        _check_finite(key, a[key], b[key], names)


def _check_finite(key: str, a: Tensor, b: Tensor, names: tuple[str, str]) -> None:
    """Infinite numbers may be there in both, as in a mask of attention."""
    if not is_continuous(a):
        return
    for name, value in zip(names, (a, b), strict=True):
        wrong = ~value.isfinite()
        if bool(wrong.any()):
            wrong &= value.isnan() | (a.to(value.device) != b.to(value.device))
        if bool(wrong.any()):
            raise ValueError(
                f"'{name}' must be finite (got {int(wrong.sum())} NaN or infinity in {key!r})"
            )


def check_fits(model: torch.nn.Module, state: State, name: str) -> None:
    r"""Checks that a model can load a state dict.

    Args:
        model (torch.nn.Module): The model.
        state (dict): The state dict.
        name (str): What the message calls it.

    Raises:
        ValueError: If it cannot. The message names the tensor.
    """
    own = model.state_dict()
    if missing := [key for key in own if key not in state]:
        raise ValueError(f"'{name}' must have the tensors of 'model' (it has no {missing[0]!r})")
    for key, value in own.items():
        if torch.is_tensor(value) and state[key].shape != value.shape:
            raise ValueError(
                f"{key!r} of '{name}' must have the shape {list(value.shape)} that it has in "
                f"'model' (got {list(state[key].shape)})"
            )
    if more := [key for key in state if key not in own]:
        raise ValueError(f"'{name}' must have the tensors of 'model' only (got {more[0]!r})")


def copy_of(model: torch.nn.Module, state: State | None = None) -> torch.nn.Module:
    r"""A copy of a model in evaluation mode, with other tensors if there are any.

    Args:
        model (torch.nn.Module): The model, which stays as it is.
        state (dict, optional): The tensors of the copy.
    """
    copied = copy.deepcopy(model)
    if state is not None:
        copied.load_state_dict(state)
    return copied.eval()
