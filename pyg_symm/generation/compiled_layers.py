"""Compiling what a training step spends its time in."""

from typing import Any

import torch

from pyg_symm.nn.dense import CausalProduct, EdgeAttention
from pyg_symm.nn.models.pard import DenoisingHead

_PARTS = EdgeAttention, CausalProduct, DenoisingHead
_SHAPES = 64  # Shapes of batches to compile for, at most; PyTorch's own limit is eight.


def compile_layers(model: torch.nn.Module, **options: Any) -> None:
    r"""Compiles the layers and the head of a network in place, for training.

    Layers share their code: it is compiled once for each shape of a batch, not once for each layer,
    which takes seconds where the whole loss takes minutes. Weights, names and results stay the
    same.

    Args:
        model (torch.nn.Module): A generator, or one of its networks.
        **options (optional): Of :func:`torch.compile`.
    """
    torch._dynamo.config.recompile_limit = max(_SHAPES, torch._dynamo.config.recompile_limit)
    for part in model.modules():
        if isinstance(part, _PARTS):
            part.compile(**{"fullgraph": True, "dynamic": False, **options})
