"""What the steps of ``gpu.py`` share: molecules on a device, networks, and results."""

import argparse
import json
import time
from dataclasses import fields
from typing import Any

import torch
from torch import Tensor

from pyg_symm.generation import PARD, PARDConfig
from pyg_symm.generation.pretrained import load_config
from pyg_symm.tasks.data.resident import ResidentGraphs

BEGIN = time.monotonic()
NETWORKS = {"128/32/4": (128, 32, 4), "256/64/8": (256, 64, 8)}
# How a step is run: whether layers are compiled, and whether it is recorded as a CUDA graph.
MODES = {
    "eager": (False, False),
    "recorded": (False, True),
    "compiled": (True, False),
    "compiled and recorded": (True, True),
}


def say(*words: Any) -> None:
    print(f"[{time.monotonic() - BEGIN:6.1f}]", *words, flush=True)


def synchronize(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def note(args: argparse.Namespace, row: dict[str, Any]) -> None:
    """Appends a measurement to the results."""
    say(row)
    with (args.out / "rows.jsonl").open("a") as stream:
        stream.write(json.dumps(row) + "\n")


def left(args: argparse.Namespace) -> float:
    """Seconds that are left."""
    return 60 * args.minutes - (time.monotonic() - BEGIN)


def graphs_of(args: argparse.Namespace) -> ResidentGraphs:
    """All molecules, on the device; converted and kept at the first call."""
    file = args.resident or args.out / "resident.pt"
    if not file.exists():
        from pyg_symm.datasets import MOSES
        from pyg_symm.tasks.data.block_graph_set import BlockGraphSet

        data = MOSES(args.root, split="train", limit=args.limit)
        kept = ResidentGraphs.of(BlockGraphSet(data, data.max_hops), "cpu")
        torch.save({part.name: getattr(kept, part.name) for part in fields(kept)}, file)
    tensors = torch.load(file, weights_only=True)
    on_cpu = ("sizes", "num_blocks")
    return ResidentGraphs(
        **{
            name: tensor if name in on_cpu else tensor.to(args.device)
            for name, tensor in tensors.items()
        }
    )


def part_of(graphs: ResidentGraphs, index: Tensor) -> ResidentGraphs:
    """Some of the graphs."""
    tensors = [getattr(graphs, part.name) for part in fields(graphs)]
    return ResidentGraphs(*(tensor[index.to(tensor.device)] for tensor in tensors))


def make_model(args: argparse.Namespace, network: str, **changed: Any) -> PARD:
    """A generator with new weights, otherwise like the one that is given."""
    config = load_config(args.model)
    hidden, edge, layers = NETWORKS[network]
    sizes = {"hidden_channels": hidden, "edge_channels": edge, "num_layers": layers}
    values = config.to_dict() | {"network": {**config.network, **sizes}} | changed
    torch.manual_seed(0)
    return PARD(PARDConfig.from_dict(values)).to(args.device)
