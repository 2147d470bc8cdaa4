import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import pytorch_lightning as pl
import torch

from pyg_symm.generation import PARD
from pyg_symm.tasks import EpochSeed, GraphGeneration, WeightAverage

NETWORK = {"hidden_channels": 16, "edge_channels": 8, "num_layers": 1, "heads": 2}


def make_model(module, **kwargs):
    torch.manual_seed(0)
    return PARD.for_graphs(**module.describe(), num_steps=3, network=NETWORK, **kwargs)


def trainer(path, **kwargs):
    return pl.Trainer(
        default_root_dir=path,
        accelerator="cpu",
        enable_progress_bar=False,
        enable_model_summary=False,
        logger=False,
        num_sanity_val_steps=0,
        **{"enable_checkpointing": False, **kwargs},
    )


def test_trains_samples_and_exports(tmp_path, data):
    module = data()
    task = GraphGeneration(make_model(module), sample_every=1, num_samples=5, kind="connected")
    before = [p.clone() for p in task.model.parameters()]
    trainer(tmp_path, max_epochs=2).fit(task, datamodule=module)
    assert any(not torch.equal(a, b) for a, b in zip(before, task.model.parameters(), strict=True))
    assert len(task.curves["val/loss"]) == 2
    assert len(task.curves["samples/path_consistency"]) == 2
    assert 0 < task.curves["samples/seconds"][0] < task.curves["samples/seconds"][1]
    assert 0 <= task.curves["samples/valid"][1] <= 1 and 0 < task.curves["samples/unique"][1] <= 1
    task.export(tmp_path)
    loaded = PARD.from_pretrained(tmp_path / "model")
    assert all(
        torch.equal(a, b) for a, b in zip(task.model.parameters(), loaded.parameters(), strict=True)
    )


def test_resumed_training_ends_where_it_would_have(tmp_path, data):
    def run(epochs, checkpoint=None, keep=False):
        module = data()
        task = GraphGeneration(make_model(module))
        callbacks = [EpochSeed(0)]
        loop = trainer(tmp_path, max_epochs=epochs, callbacks=callbacks)
        loop.fit(task, datamodule=module, ckpt_path=checkpoint)
        if keep:
            loop.save_checkpoint(tmp_path / "half.ckpt")
        return task

    whole = run(4)
    run(2, keep=True)
    resumed = run(4, str(tmp_path / "half.ckpt"))
    for a, b in zip(whole.model.parameters(), resumed.model.parameters(), strict=True):
        assert torch.equal(a, b)
    assert whole.curves == resumed.curves


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_batch(tmp_path, data):
    module = data()
    task = GraphGeneration(make_model(module))
    with torch.no_grad():
        task.model.denoiser.trunk.node_emb.weight.fill_(torch.nan)
    with pytest.raises(FloatingPointError, match="at step 0; the batch is in"):
        trainer(tmp_path, max_epochs=1).fit(task, datamodule=module)
    batch = torch.load(tmp_path / "failed_batch.pt", weights_only=False)
    assert batch.num_graphs == 8


def test_averaged_weights_are_what_is_sampled_and_left_behind(tmp_path, data):
    module = data()
    task = GraphGeneration(make_model(module), sample_every=1, num_samples=3)
    seen = []
    task.sample_quality = lambda: (
        seen.append([p.detach().clone() for p in task.model.parameters()])
        or {"path_consistency": 0.0}
    )
    loop = trainer(tmp_path, max_epochs=1, callbacks=[WeightAverage(0.9)])
    loop.fit(task, datamodule=module)
    for left, sampled in zip(task.model.parameters(), seen[-1], strict=True):
        torch.testing.assert_close(left, sampled)


def test_training_noise_depends_on_the_seed_and_the_batch_and_on_nothing_else(data, monkeypatch):
    module = data()
    model = make_model(module)
    batch = next(iter(module.val_dataloader()))
    monkeypatch.setattr(GraphGeneration, "current_epoch", 3)
    monkeypatch.setattr(GraphGeneration, "global_rank", 0)
    monkeypatch.setattr(GraphGeneration, "log", lambda *args, **kwargs: None)

    def loss(seed, index, state):
        torch.manual_seed(state)
        return float(GraphGeneration(model, seed=seed).training_step(batch, index).detach())

    assert loss(0, 0, 1) == loss(0, 0, 2)
    assert len({loss(0, 0, 1), loss(0, 1, 1), loss(1, 0, 1)}) == 3


def test_backends_of_the_loss(data, monkeypatch):
    backends = []
    monkeypatch.setattr(torch, "compile", lambda loss, backend, **_: backends.append(backend))
    model = make_model(data())
    for value in (None, False, True, "aot_eager"):
        GraphGeneration(model, compile=value)
    assert backends == ["inductor", "aot_eager"]


@pytest.mark.parametrize(
    "options, match",
    [
        ({"sample_every": -1}, "'sample_every' must be an integer of 0 or more .got -1"),
        ({"num_samples": 0}, "'num_samples' must be an integer of 1 or more .got 0"),
    ],
)
def test_bad_numbers_of_samples(data, options, match):
    with pytest.raises(ValueError, match=match):
        GraphGeneration(make_model(data()), **options)


TWO_PROCESSES = """
import json, sys
import pytorch_lightning as pl
import torch
from tests.tasks.conftest import _data
from tests.tasks.test_generation import make_model
from pyg_symm.tasks import EpochSeed, GraphGeneration, WeightAverage

module = _data(batch_size=4)
seen = []

class Watched(GraphGeneration):
    def training_step(self, batch, batch_idx):
        seen.append(batch.edge.tolist())
        return super().training_step(batch, batch_idx)

task = Watched(make_model(module, shared_trunk=True))
trainer = pl.Trainer(
    accelerator="cpu", devices=2, max_epochs=2, logger=False, enable_checkpointing=False,
    enable_progress_bar=False, enable_model_summary=False, use_distributed_sampler=False,
    callbacks=[EpochSeed(0), WeightAverage()], default_root_dir=sys.argv[1],
)
trainer.fit(task, datamodule=module)
weights = torch.cat([p.detach().view(-1) for p in task.parameters()])
torch.save({"weights": weights, "seen": seen}, f"{sys.argv[1]}/{trainer.global_rank}.pt")
"""


def test_two_processes_end_with_equal_weights(tmp_path):
    (tmp_path / "run.py").write_text(TWO_PROCESSES)
    command = [sys.executable, str(tmp_path / "run.py"), str(tmp_path)]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr[-3000:]
    first, second = (torch.load(tmp_path / f"{rank}.pt") for rank in (0, 1))
    assert torch.equal(first["weights"], second["weights"])
    assert len(first["seen"]) == len(second["seen"]) > 0
    keys = [{json.dumps(batch) for batch in part["seen"]} for part in (first, second)]
    assert keys[0].isdisjoint(keys[1])
