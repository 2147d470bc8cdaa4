"""Rates of training and of sampling a generator on a GPU."""

import argparse
import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any

import torch
from gpu_common import MODES, left, make_model, note, say, synchronize
from torch import Tensor
from torch_geometric.data import Data

from pyg_symm.generation import PARD, compile_layers
from pyg_symm.tasks import GraphedLoss, SizeBatches
from pyg_symm.tasks.data.resident import ResidentBatches, ResidentGraphs
from pyg_symm.utils import Noise


def batches(graphs: ResidentGraphs, batch_size: int, shapes: list[int]) -> Iterator[Any]:
    """Batches for ever."""
    for epoch in range(10**6):
        order = SizeBatches(
            graphs.sizes, batch_size, torch.Generator(), lambda epoch=epoch: epoch, whole=True
        )
        yield from ResidentBatches(graphs, order, shapes)


def training_step(args: argparse.Namespace, network: str, mode: str) -> Callable[[Any], Tensor]:
    """A step of training without Lightning: loss, gradients, clipping, optimiser, average."""
    compiled, recorded = MODES[mode]
    model = make_model(args, network).train()
    if compiled:
        compile_layers(model)
    loss: Callable[..., dict[str, Tensor]] = model.loss
    parameters = list(model.parameters())
    if recorded:
        loss = GraphedLoss(model.loss, parameters)
    average = [parameter.detach().clone() for parameter in parameters]
    optimizer = torch.optim.AdamW(parameters, lr=1e-4, fused=True)
    numbers = itertools.count()

    def step(batch: Any) -> Tensor:
        with torch.autocast(args.device.type, torch.bfloat16):
            value = loss(batch, Noise(next(numbers)))["loss"]
        optimizer.zero_grad(set_to_none=True)
        value.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(average, parameters, 1e-3)
        return value

    return step


def first_steps(
    step: Callable[[Any], Tensor], source: Iterator[Any], num_shapes: int, device: torch.device
) -> list[float]:
    """Seconds of the first step of each shape, which compiles or records it."""
    seen, seconds = set(), []
    for batch in itertools.islice(source, 200):  # Rare shapes may never come.
        if batch.node.shape not in seen:
            begin = time.monotonic()
            step(batch)
            synchronize(device)
            seen.add(batch.node.shape)
            seconds.append(round(time.monotonic() - begin, 2))
        if len(seen) == num_shapes:
            break
    return seconds


def training_rate(
    args: argparse.Namespace, graphs: ResidentGraphs, network: str, mode: str, batch_size: int
) -> None:
    """How many graphs a second training takes, once all shapes are known."""
    device = args.device
    torch._dynamo.reset()
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    step = training_step(args, network, mode)
    shapes = args.shapes or graphs.few_shapes(args.num_shapes)
    source = batches(graphs, batch_size, shapes)
    warm = first_steps(step, source, len(shapes), device)
    begin, steps, count = time.monotonic(), 0, 0
    while time.monotonic() - begin < args.seconds:
        batch = next(source)
        value = step(batch)
        steps, count = steps + 1, count + batch.num_graphs
        if steps % 16 == 0:
            synchronize(device)
    synchronize(device)
    seconds = time.monotonic() - begin
    memory = torch.cuda.max_memory_allocated() / 2**30 if device.type == "cuda" else None
    note(
        args,
        {
            "what": "training",
            "network": network,
            "mode": mode,
            "batch": batch_size,
            "graphs_per_second": round(count / seconds, 1),
            "milliseconds": round(1e3 * seconds / steps, 2),
            "first_steps": warm,
            "gigabytes": memory,
            "loss": float(value.detach()),
        },
    )


def sampling_rate(
    args: argparse.Namespace, model: PARD, name: str, count: int, **options: Any
) -> list[Data]:
    """Samples of a model, and how long they took."""
    begin, seed = time.monotonic(), options.pop("seed", 0)
    graphs = model.sample(count, torch.Generator().manual_seed(seed), progress=False, **options)
    seconds = time.monotonic() - begin
    note(
        args,
        {
            "what": "sampling",
            "name": name,
            "count": count,
            "seed": seed,
            **{key: value for key, value in options.items() if key != "constraints"},
            "seconds": round(seconds, 2),
            "graphs_per_second": round(count / seconds, 1),
            "calls": model.report.calls,
            "redraws": model.report.redraws,
        },
    )
    return graphs


def rows(args: argparse.Namespace, graphs: ResidentGraphs) -> None:
    """Rates of training and sampling."""
    for text in args.rows:
        network, mode, batch_size = text.split(":")
        if left(args) < args.reserve:
            say("no time for", text)
            continue
        try:
            training_rate(args, graphs, network, mode, int(batch_size))
        except Exception as error:  # A row that fails leaves the time to the others.
            note(args, {"what": "failed", "row": text, "error": repr(error)[:2000]})
    model = PARD.from_pretrained(args.model, args.device)
    for compile_ in args.samplers:
        if left(args) < args.reserve:
            continue
        kind = None if compile_ == "eager" else compile_
        try:
            sampling_rate(args, model, compile_, args.count, compile=kind)
        except Exception as error:
            note(args, {"what": "failed", "row": compile_, "error": repr(error)[:2000]})
