"""A small transformer and three tasks on disjoint ranges of tokens, for ``lora_experiment.py``."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LENGTH, VALUES = 8, 12
TASKS = ("reverse", "rotate", "swap neighbours")
NUM_TOKENS = len(TASKS) * (VALUES + 1)
_PLACES = (
    torch.arange(LENGTH).flip(0),
    torch.arange(LENGTH).roll(-1),
    torch.arange(LENGTH).view(-1, 2).flip(1).flatten(),
)
_V = torch.arange(VALUES)
_RENAMED = (
    torch.where(_V % 2 == 0, (_V + 2) % VALUES, _V),
    torch.where(_V % 2 == 1, (_V + 2) % VALUES, _V),
    torch.where(_V < VALUES // 2, (_V + 1) % (VALUES // 2), _V),
)


def draw(task: int, num: int, generator: torch.Generator, renamed: bool) -> tuple[Tensor, Tensor]:
    """Sequences that begin with the token of their task, and the values to predict.

    The base model learns to move values to other places. Adapters learn to rename half of them,
    too, in another way for each task.

    Returns:
        tuple: Tokens ``[num, 1 + LENGTH]`` and values from 0 to 11 ``[num, LENGTH]``.
    """
    values = torch.randint(VALUES, (num, LENGTH), generator=generator)
    moved = values[:, _PLACES[task]]
    start = task * (VALUES + 1)
    tokens = torch.cat([torch.full((num, 1), start), values + start + 1], 1)
    return tokens, _RENAMED[task][moved] if renamed else moved


class Block(nn.Module):
    """Attention and a feed-forward network, with the names that adapters use."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(channels), nn.LayerNorm(channels)
        self.q, self.k, self.v, self.o = (nn.Linear(channels, channels) for _ in range(4))
        self.up, self.down = nn.Linear(channels, 4 * channels), nn.Linear(4 * channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm1(x)
        q, k, v = (
            part(y).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for part in (self.q, self.k, self.v)
        )
        mixed = F.scaled_dot_product_attention(q, k, v)
        x = x + self.o(mixed.transpose(1, 2).flatten(2))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class Transformer(nn.Module):
    """Two blocks, and one value for each place after the first."""

    def __init__(self, channels: int = 64, num_layers: int = 2, heads: int = 4) -> None:
        super().__init__()
        self.tokens = nn.Embedding(NUM_TOKENS, channels)
        self.places = nn.Embedding(1 + LENGTH, channels)
        self.blocks = nn.ModuleList([Block(channels, heads) for _ in range(num_layers)])
        self.norm, self.head = nn.LayerNorm(channels), nn.Linear(channels, VALUES)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.tokens(tokens) + self.places.weight
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))[:, 1:]


def train(
    model: nn.Module,
    tasks: list[int],
    steps: int,
    generator: torch.Generator,
    lr: float,
    renamed: bool,
    batch_size: int = 96,
) -> None:
    """Trains what requires gradients on a mixture of tasks, with a learning rate that falls."""
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(parameters, lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        drawn = [draw(task, batch_size // len(tasks), generator, renamed) for task in tasks]
        tokens, values = (torch.cat(part) for part in zip(*drawn, strict=True))
        loss = F.cross_entropy(model(tokens).flatten(0, 1), values.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()


@torch.no_grad()
def accuracies(model: nn.Module, seed: int, num: int = 500) -> list[float]:
    """The share of right values on each task with new names, on sequences drawn by the seed."""
    generator = torch.Generator().manual_seed(seed)
    drawn = [draw(task, num, generator, renamed=True) for task in range(len(TASKS))]
    return [float((model(x).argmax(-1) == y).float().mean()) for x, y in drawn]
