"""Small networks of all kinds with inputs, for the classes that ``trace_spec`` finds in them."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch_geometric.data import Batch, Data
from torch_geometric.nn import GAT, GCN, GIN, PNA, GraphSAGE

from pyg_symm.graphs import BlockGraphs
from pyg_symm.groups import SL
from pyg_symm.nn import LCMAggregation, models


class Case(NamedTuple):
    """A network and what it is called with."""

    model: nn.Module
    args: tuple = ()
    kwargs: dict[str, Any] = {}


class BasicBlock(nn.Module):
    """Two convolutions beside a shortcut, with the names of torchvision."""

    def __init__(self, in_channels: int, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample = None
        if stride > 1 or in_channels != channels:
            conv = nn.Conv2d(in_channels, channels, 1, stride, bias=False)
            self.downsample = nn.Sequential(conv, nn.BatchNorm2d(channels))

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        return (self.bn2(self.conv2(self.bn1(self.conv1(x)).relu())) + shortcut).relu()


class ResNet(nn.Module):
    """Three stages of three blocks: 20 layers, as for CIFAR-10."""

    def __init__(self, width: int = 8, num_blocks: int = 3, num_classes: int = 10) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)
        channels = width
        for stage in (1, 2, 3):
            wide, blocks = width * 2 ** (stage - 1), []
            for block in range(num_blocks):
                blocks.append(BasicBlock(channels, wide, 2 if stage > 1 and block == 0 else 1))
                channels = wide
            setattr(self, f"layer{stage}", nn.Sequential(*blocks))
        self.fc = nn.Linear(channels, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.bn1(self.conv1(x)).relu()
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(nn.functional.adaptive_avg_pool2d(x, 1).flatten(1))


class VGG(nn.Module):
    """Convolutions and pooling, then linear layers on the flattened image."""

    def __init__(self, widths: tuple[int, ...] = (8, 12, 16), num_classes: int = 10) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, width in zip((3, *widths), widths, strict=False):
            layers += [nn.Conv2d(before, width, 3, padding=1), nn.BatchNorm2d(width)]
            layers += [nn.ReLU(), nn.MaxPool2d(2)]
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Linear(widths[-1] * 4, 32), nn.ReLU(), nn.Dropout(), nn.Linear(32, num_classes)
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.features(x).flatten(1))


class SequenceNet(nn.Module):
    """Words in, classes out."""

    def __init__(self, inner: nn.Module, channels: int, out_channels: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(11, channels)
        self.inner, self.head = inner, nn.Linear(out_channels, 3)

    def forward(self, words: Tensor) -> Tensor:
        out = self.inner(self.embedding(words))
        return self.head((out[0] if isinstance(out, tuple) else out).mean(1))


def graphs(geometric: bool = False) -> Batch:
    """Three small graphs; with positions and vectors, all of their pairs."""
    generator = torch.Generator().manual_seed(0)
    out = []
    for num in (6, 5, 4):
        edges = torch.ones(num, num).triu(1).nonzero()
        edges = edges if geometric else edges[::2]
        edge_index = torch.cat([edges.t(), edges.t().flip(0)], 1)
        x, pos, vec, edge_attr = (
            torch.randn(size, generator=generator)
            for size in ((num, 5), (num, 3), (num, 1, 3), (edge_index.size(1), 3))
        )
        out.append(Data(x=x, edge_index=edge_index, edge_attr=edge_attr, pos=2 * pos, vec=vec))
    return Batch.from_data_list(out)


def on_graphs(model: nn.Module, edge_attr: bool = False) -> Case:
    batch = graphs()
    more = {"edge_attr": batch.edge_attr} if edge_attr else {}
    return Case(model, (batch.x, batch.edge_index), {"batch": batch.batch, **more})


def on_points(model: nn.Module) -> Case:
    batch = graphs(geometric=True)
    return Case(model, (batch.x, batch.pos, batch.edge_index, batch.batch, batch.vec))


def of_sets(model: nn.Module) -> Case:
    batch = graphs()
    return Case(model, (batch.x, batch.batch))


def of_pyg(kind: type, jk: str | None, **kwargs: Any) -> Case:
    batch = graphs()
    model = kind(5, 16, 3, out_channels=3, jk=jk, norm="batch_norm", **kwargs)
    return Case(model, (batch.x, batch.edge_index))


def of_blocks(kind: type) -> Case:
    edge_index = torch.tensor([[0, 1, 1, 2, 2, 3], [1, 0, 2, 1, 3, 2]])
    data = [Data(edge_index=edge_index[:, :n], num_nodes=m) for n, m in ((6, 4), (4, 3))]
    blocks = BlockGraphs.from_data(data)
    sizes = {"hidden_channels": 16, "edge_channels": 8, "num_layers": 2, "heads": 4}
    if kind is models.BlockDenoiser:
        inputs = (blocks, blocks.node, blocks.edge, torch.tensor([0.5, 0.3]))
        return Case(kind(4, 2, **sizes), inputs)
    return Case(kind(4, 2, max_size=5, max_degree=3, **sizes), (blocks,))


def _pna(jk: str | None) -> Case:
    aggregators, scalers = ["mean", "min", "max", "std"], ["identity", "amplification"]
    degrees = torch.tensor([0, 2, 6, 4, 2])
    return of_pyg(PNA, jk, aggregators=aggregators, scalers=scalers, deg=degrees)


def _set_net() -> Case:
    batch = graphs()
    aggr = LCMAggregation(8, 8, op="gru")
    return Case(models.SetNet(nn.Linear(5, 8), aggr, nn.Linear(8, 3)), (batch.x, batch.batch))


def _encoder(first: bool) -> nn.Module:
    layer = nn.TransformerEncoderLayer(12, 3, 20, batch_first=True, norm_first=first)
    return nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)


WORDS = torch.randint(0, 11, (2, 7), generator=torch.Generator().manual_seed(0))
IMAGES = torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))

NETWORKS: dict[str, Callable[[], Case]] = {
    "SPEN": lambda: on_graphs(models.SPEN(5, 16, 2, 3, num_hops=2, edge_dim=3), edge_attr=True),
    "SPEN, edges": lambda: on_graphs(models.SPEN(5, 16, 2, 3, task="edge", matmul=True)),
    "PONITA": lambda: on_points(models.PONITA(5, 16, 3, 2, in_vectors=1, out_vectors=1)),
    "PONITA, positions": lambda: on_points(
        models.PONITA(5, 16, 3, 2, orientations=0, in_vectors=1, out_vectors=1)
    ),
    "GauntMACE": lambda: on_points(models.GauntMACE(5, 16, 3, 2, in_vectors=1, out_vectors=1)),
    "GauntMACE, odd paths": lambda: on_points(
        models.GauntMACE(5, 16, 3, 2, in_vectors=1, out_vectors=1, parity="both")
    ),
    "BlockDenoiser (PARD)": lambda: of_blocks(models.BlockDenoiser),
    "BlockSizePredictor (PARD)": lambda: of_blocks(models.BlockSizePredictor),
    "EGNN": lambda: on_points(models.EGNN(5, 16, 3, 2, in_vectors=1, out_vectors=1)),
    "PPGN": lambda: on_graphs(models.PPGN(5, 16, 2, 3)),
    "AggregatorGIN": lambda: on_graphs(models.AggregatorGIN(5, 16, 2, 3)),
    **{
        f"AggregatorGIN, LCM {op}": lambda op=op: on_graphs(
            models.AggregatorGIN(5, 16, 2, 3, aggr=LCMAggregation(16, 16, op=op))
        )
        for op in ("gru", "mlp", "lse", "topk", "flow", "product")
    },
    "MultitaskNet": lambda: on_graphs(models.MultitaskNet(5, 16, 3, 2, 3)),
    "SetNet, LCM gru": _set_net,
    "INSET": lambda: of_sets(models.INSET(5, 16)),
    "DeepSetsSelector": lambda: of_sets(models.DeepSetsSelector(5, 16)),
    "AffinePointNet": lambda: Case(
        models.AffinePointNet(5, 16, 3, 2, SL(3), resample=False), on_points(nn.Identity()).args[:4]
    ),
    "AffineResNet": lambda: Case(models.AffineResNet(SL(2), 3, 8, 10, kernel_size=3), (IMAGES,)),
    "ImageCNN": lambda: Case(models.ImageCNN(64, 8, 10), (IMAGES[:, 0, :8, :8].flatten(1),)),
    "PooledCNN": lambda: Case(models.PooledCNN(3, 8, 10), (IMAGES,)),
    "WhitenedCNN": lambda: Case(models.WhitenedCNN(3, 8, 10), (IMAGES.abs(),)),
    **{
        f"{kind.__name__}, jk={jk}": lambda kind=kind, jk=jk: of_pyg(kind, jk)
        for kind in (GCN, GraphSAGE, GIN)
        for jk in ("cat", "max", "lstm")
    },
    **{f"GAT, jk={jk}": lambda jk=jk: of_pyg(GAT, jk, heads=2) for jk in ("cat", "max", "lstm")},
    **{f"PNA, jk={jk}": lambda jk=jk: _pna(jk) for jk in ("cat", "max", "lstm")},
    "ResNet-20": lambda: Case(ResNet(), (IMAGES,)),
    "VGG": lambda: Case(VGG(), (IMAGES,)),
    "LSTM, 2 layers, both ways": lambda: Case(
        SequenceNet(nn.LSTM(12, 8, 2, batch_first=True, bidirectional=True), 12, 16), (WORDS,)
    ),
    "GRU": lambda: Case(SequenceNet(nn.GRU(12, 8, batch_first=True), 12, 8), (WORDS,)),
    "Transformer encoder": lambda: Case(SequenceNet(_encoder(False), 12, 12), (WORDS,)),
    "Transformer encoder, norm first": lambda: Case(SequenceNet(_encoder(True), 12, 12), (WORDS,)),
}
