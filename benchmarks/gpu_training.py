"""Training of a generator for a given time, and samples of it, on a GPU."""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from gpu_common import MODES, left, make_model, note, part_of, say
from gpu_rates import sampling_rate
from torch_geometric.data import Data

from pyg_symm.generation import PARD, Constraints
from pyg_symm.tasks import (
    EpochDataModule,
    EpochSeed,
    GraphGeneration,
    SizeBatches,
    TimedSchedule,
    WeightAverage,
)
from pyg_symm.tasks.checkpoints import WholeCheckpoints
from pyg_symm.tasks.data.resident import ResidentBatches, ResidentGraphs


class ResidentData(EpochDataModule):
    """Batches of graphs on the device; one of a thousand is held out."""

    def __init__(self, graphs: ResidentGraphs, batch_size: int, num_shapes: int) -> None:
        super().__init__(batch_size, seed=1)
        held = torch.zeros(len(graphs), dtype=torch.bool)
        held[:: max(1, min(1000, len(graphs) // 16))] = True
        self.train = part_of(graphs, (~held).nonzero().view(-1))
        self.val = part_of(graphs, held.nonzero().view(-1)[:2048])
        self.shapes = self.train.few_shapes(num_shapes)

    def train_dataloader(self) -> Any:
        order = SizeBatches(
            self.train.sizes, self.batch_size, self.generator, self._epoch_seed, whole=True
        )
        return ResidentBatches(self.train, order, self.shapes)

    def val_dataloader(self) -> Any:
        order = self.val.sizes.argsort(stable=True)
        return ResidentBatches(self.val, [part.tolist() for part in order.split(256)])


class Curve(pl.Callback):
    """Writes losses of every round, with steps, molecules and seconds."""

    def __init__(self, file: Path, batch_size: int) -> None:
        self.file, self.batch_size, self.begin = file, batch_size, time.monotonic()
        self.first = 0  # The step from which this part of the run continues.

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.first = trainer.global_step

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        row = {name: values[-1] for name, values in pl_module.curves.items()}
        row |= {"step": trainer.global_step, "seen": trainer.global_step * self.batch_size}
        row["lr"] = trainer.optimizers[0].param_groups[0]["lr"]
        row["seconds"] = round(time.monotonic() - self.begin, 1)
        say({key: round(v, 4) if isinstance(v, float) else v for key, v in row.items()})
        with self.file.open("a") as stream:
            stream.write(json.dumps(row) + "\n")


def train(args: argparse.Namespace, graphs: ResidentGraphs) -> PARD:
    """Trains for the time that is left, and gives the averaged weights."""
    compiled, recorded = MODES[args.mode]
    if args.fresh:
        model = make_model(args, args.network)
    else:
        model = PARD.from_pretrained(args.model, args.device).train()
    if args.weights is not None:
        from safetensors.torch import load_file

        model.load_state_dict(load_file(args.weights))
    task = GraphGeneration(
        model.cpu(),
        compile="layers" if compiled else False,
        cuda_graphs=recorded,
        optimizer=lambda p: torch.optim.AdamW(
            p, lr=args.lr, weight_decay=args.weight_decay, betas=(0.9, 0.99), fused=True
        ),
    )
    data = ResidentData(graphs, args.batch_size, args.num_shapes)
    data.shapes = args.shapes or data.shapes
    last = args.out / "checkpoints" / "last.ckpt"
    minutes = max(0.1, (left(args) - args.keep_for_samples) / 60)
    say(f"training for {minutes:.2f} minutes, shapes {data.shapes}")
    curve = Curve(args.out / "curve.jsonl", args.batch_size)
    trainer = pl.Trainer(
        max_epochs=-1,
        limit_train_batches=args.round,
        accelerator="gpu" if args.device.type == "cuda" else "cpu",
        devices=1,
        precision="bf16-mixed",
        gradient_clip_val=1.0,
        callbacks=[
            EpochSeed(1),
            TimedSchedule(minutes, args.decay, args.warm_up),
            WeightAverage(),
            curve,
            pl.callbacks.ModelCheckpoint(
                last.parent, "last", save_on_train_epoch_end=True, enable_version_counter=False
            ),
        ],
        plugins=[WholeCheckpoints()],
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        default_root_dir=args.out,
    )
    begin = time.monotonic()
    trainer.fit(task, datamodule=data, ckpt_path=str(last) if last.exists() else None)
    seconds, steps = time.monotonic() - begin, trainer.global_step
    note(
        args,
        {
            "what": "trained",
            "steps": steps,
            "seen": steps * args.batch_size,
            "seconds": round(seconds, 1),
            "graphs_per_second": round((steps - curve.first) * args.batch_size / seconds, 1),
        },
    )
    task.model.save(args.out / "model")
    return task.model.to(args.device).eval()


def write_samples(file: Path, graphs: list[Data], size: int) -> None:
    """Classes of nodes and pairs, padded, in compressed bytes: read without rdkit."""
    node = np.full((len(graphs), size), 255, dtype=np.uint8)
    edge = np.zeros((len(graphs), size, size), dtype=np.uint8)
    block = np.full((len(graphs), size), 255, dtype=np.uint8)
    for i, data in enumerate(graphs):
        node[i, : data.num_nodes] = data.x.view(-1)
        block[i, : data.num_nodes] = data.block_id
        row, col = data.edge_index
        edge[i, row, col] = data.edge_attr.view(-1)
    np.savez_compressed(file, node=node, edge=np.tril(edge), block=block)


def sample(args: argparse.Namespace, model: PARD) -> None:
    """Samples of the trained model, by settings."""
    size = model.config.statistics.max_nodes
    for text in args.samples:
        name, count, changed = [*text.split(":", 2), "{}"][:3]
        if left(args) < 3:
            say("no time for", text)
            continue
        options = json.loads(changed)
        constraints = options.pop("constraints", None)
        if constraints is not None:
            from pyg_symm.chem import MoleculeVocabulary

            if constraints.pop("valence", False):
                vocabulary = MoleculeVocabulary.from_dict(model.config.vocabulary)
                constraints["max_valence"] = vocabulary.max_valence
                constraints["edge_order"] = vocabulary.bond_orders
            constraints = {
                key: torch.tensor(value) if isinstance(value, list) else value
                for key, value in constraints.items()
            }
            options["constraints"] = Constraints(**constraints)
        try:
            graphs = sampling_rate(args, model, name, int(count), **options)
            write_samples(args.out / f"samples_{name}.npz", graphs, size)
        except Exception as error:
            note(args, {"what": "failed", "row": text, "error": repr(error)[:2000]})
