"""Names of an adapter's tensors in a file, and what they must not be."""

import re
from collections.abc import Mapping

from torch import Tensor

from .adapter import DTYPES, Layout

_PREFIX = "base_model.model."
_FACTOR = re.compile(r"(?P<module>.+)\.lora_(?P<letter>[AB])\.weight")
_EMBEDDING = re.compile(r"(?P<module>.+)\.lora_embedding_(?P<letter>[AB])")
_REFUSED = {
    "lora_magnitude_vector": "it holds magnitudes of DoRA",
    ".lora_B.bias": "biases of lora_B are not supported",
    ".lora_A.bias": "biases of lora_A are not supported",
    "ia3_l": "IA3 is not LoRA",
    "token_adapter": "trained rows of embeddings are not supported",
    "modules_to_save": "whole modules that were trained are not supported",
    ".base_layer.": "a weight of the base model is stored beside the factors",
}

Pair = tuple[Tensor, Tensor]


def factors_of(tensors: Mapping[str, Tensor]) -> tuple[dict[str, Pair], dict[str, Layout]]:
    r"""The factors of each module as matrices.

    Args:
        tensors (Mapping): Tensors of an adapter's file by name.

    Returns:
        tuple: ``(A, B)`` by module, and the layouts of modules that are not linear.

    Raises:
        ValueError: If a tensor is not a factor, has no partner, or is quantised; the message names
            the tensor.
    """
    found: dict[str, dict[str, tuple[str, Tensor]]] = {}
    embeddings = set()
    for name, tensor in tensors.items():
        match = _FACTOR.fullmatch(name) or _EMBEDDING.fullmatch(name)
        if match is None:
            reasons = (reason for part, reason in _REFUSED.items() if part in name)
            raise ValueError(f"'{name}' is no factor: {next(reasons, 'the name is unknown')}")
        if tensor.dtype not in DTYPES:
            raise ValueError(f"'{name}' must not be quantised (got {tensor.dtype})")
        if not bool(tensor.isfinite().all()):
            raise ValueError(f"'{name}' must be finite (got {tensor[~tensor.isfinite()][0]})")
        module = match["module"].removeprefix(_PREFIX)
        known = found.setdefault(module, {}).setdefault(match["letter"], (name, tensor))
        if known[0] != name:
            raise ValueError(f"'{name}' and '{known[0]}' are the same factor of '{module}'")
        if match.re is _EMBEDDING:
            embeddings.add(module)
    pairs, layouts = {}, {}
    for module, letters in found.items():
        if len(letters) < 2:
            (name, _), *_ = letters.values()
            raise ValueError(f"'{name}' has no partner: '{module}' must have lora_A and lora_B")
        pairs[module], layout = _matrices(module, letters["A"][1], letters["B"][1])
        layouts[module] = Layout("embedding") if module in embeddings else layout
    return pairs, layouts


def tensors_of(module: str, a: Tensor, b: Tensor, layout: Layout) -> dict[str, Tensor]:
    """The tensors of a module by their names in a file."""
    if layout.kind == "embedding":
        start = f"{_PREFIX}{module}.lora_embedding_"
        return {f"{start}A": a, f"{start}B": b}
    if layout.kind == "conv":
        a = a.reshape(-1, *layout.row)
        b = b.reshape(*b.shape, *[1] * (len(layout.row) - 1))
    start = f"{_PREFIX}{module}.lora_"
    return {f"{start}A.weight": a, f"{start}B.weight": b}


def _matrices(module: str, a: Tensor, b: Tensor) -> tuple[Pair, Layout]:
    row = tuple(a.shape[1:])
    if a.dim() < 2 or b.dim() != a.dim() or any(size != 1 for size in b.shape[2:]):
        raise ValueError(
            f"factors of '{module}' must be matrices or kernels "
            f"(got A {tuple(a.shape)}, B {tuple(b.shape)})"
        )
    if a.dim() == 2:
        return (a, b), Layout()
    if a.size(0) != b.size(1):
        raise ValueError(
            f"factors of '{module}' must share a rank; grouped convolutions are not supported "
            f"(got A {tuple(a.shape)}, B {tuple(b.shape)})"
        )
    return (a.flatten(1), b.flatten(1)), Layout("conv", row)
