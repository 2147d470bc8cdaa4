"""First parameters of PARD's networks."""

from torch import nn
from torch_geometric.nn.inits import reset


def init_parameters(module: nn.Module, gain: float) -> None:
    """Xavier's uniform weights and zero biases of all linear maps and embeddings within."""
    for part in module.modules():
        if isinstance(part, nn.Linear | nn.Embedding):
            nn.init.xavier_uniform_(part.weight, gain=gain)
        if isinstance(part, nn.Linear) and part.bias is not None:
            nn.init.zeros_(part.bias)
        elif not isinstance(part, nn.Embedding) and len(list(part.children())) == 0:
            reset(part)
