"""Two linear maps around a SiLU."""

from torch import nn


def mlp(in_channels: int, hidden_channels: int, out_channels: int) -> nn.Sequential:
    """A perceptron with one hidden layer."""
    return nn.Sequential(
        nn.Linear(in_channels, hidden_channels), nn.SiLU(), nn.Linear(hidden_channels, out_channels)
    )
