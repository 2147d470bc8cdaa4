import pytest
import pytorch_lightning as pl
import torch
from torch_geometric.data import Data
from torch_geometric.utils import erdos_renyi_graph

from pyg_symm.generation import PARD
from pyg_symm.tasks import EpochSeed, GenerationData, GraphGeneration, SizeBatches, WeightAverage

NETWORK = {"hidden_channels": 16, "edge_channels": 8, "num_layers": 1, "heads": 2}


def graphs(num=40):
    torch.manual_seed(0)
    return [
        Data(edge_index=erdos_renyi_graph(n, 0.4), num_nodes=n)
        for n in torch.randint(3, 9, (num,)).tolist()
    ]


def data(**kwargs):
    return GenerationData(graphs(), **{"batch_size": 8, "num_node_classes": 1, **kwargs})


def model(module, **kwargs):
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


def test_batches_hold_every_item_once_and_are_of_like_sizes():
    sizes = torch.randint(1, 30, (2000,), generator=torch.Generator().manual_seed(0))
    batches = list(SizeBatches(sizes, 16, torch.Generator(), lambda: 5))
    assert sorted(i for batch in batches for i in batch) == list(range(2000))
    assert len(batches) == len(SizeBatches(sizes, 16, torch.Generator(), lambda: 5)) == 125
    spread = torch.tensor([float(sizes[b].max() - sizes[b].min()) for b in batches]).mean()
    assert spread < 3
    assert batches == list(SizeBatches(sizes, 16, torch.Generator(), lambda: 5))
    assert batches != list(SizeBatches(sizes, 16, torch.Generator(), lambda: 6))


def test_graphs_come_in_blocks_and_describe_themselves():
    module = data()
    assert len(module.train) == 36 and len(module.val) == 4
    batch = next(iter(module.train_dataloader()))
    assert batch.num_graphs == 8 and batch.block_size.sum() == batch.mask.sum()
    known = module.describe()
    assert known["vocabulary"] is None and known["statistics"].max_nodes <= 8
    assert len(data(limit=10).train) == 9
    small = data(max_nodes=5)
    assert 0 < len(small.train) < 36 and small.train.sizes.max() <= 5


def test_trains_samples_and_exports(tmp_path):
    module = data()
    task = GraphGeneration(model(module), sample_every=1, num_samples=5, kind="connected")
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


def test_resumed_training_ends_where_it_would_have(tmp_path):
    def run(epochs, checkpoint=None, keep=False):
        module = data()
        task = GraphGeneration(model(module))
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


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_batch(tmp_path):
    module = data()
    task = GraphGeneration(model(module))
    with torch.no_grad():
        task.model.denoiser.trunk.node_emb.weight.fill_(torch.nan)
    with pytest.raises(FloatingPointError, match="at step 0; the batch is in"):
        trainer(tmp_path, max_epochs=1).fit(task, datamodule=module)
    batch = torch.load(tmp_path / "failed_batch.pt", weights_only=False)
    assert batch.num_graphs == 8


def test_bad_input():
    with pytest.raises(ValueError, match="'graphs' must not be empty"):
        data(max_nodes=1)


def test_the_average_forgets_where_it_began():
    average = torch.zeros(3)
    from pyg_symm.tasks.generation import _average

    for n in range(50):
        average = _average(0.999, average, torch.ones(3), torch.tensor(n))
    assert average.min() > 0.9
    counter = torch.tensor(7)
    assert _average(0.999, torch.tensor(3), counter, torch.tensor(5)) == 7
    with pytest.raises(ValueError, match="'decay' must be in"):
        WeightAverage(1.0)


def test_averaged_weights_are_what_is_sampled_and_left_behind(tmp_path):
    module = data()
    task = GraphGeneration(model(module), sample_every=1, num_samples=3)
    seen = []
    task.sample_quality = lambda: (
        seen.append([p.detach().clone() for p in task.model.parameters()])
        or {"path_consistency": 0.0}
    )
    loop = trainer(tmp_path, max_epochs=1, callbacks=[WeightAverage(0.9)])
    loop.fit(task, datamodule=module)
    for left, sampled in zip(task.model.parameters(), seen[-1], strict=True):
        torch.testing.assert_close(left, sampled)
