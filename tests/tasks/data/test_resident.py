import pytest
import torch

from pyg_symm.tasks.data.resident import ResidentGraphs


def same(a, b):
    names = ("node", "edge", "block_id", "block_size", "block_degree")
    return all(torch.equal(getattr(a, name), getattr(b, name)) for name in names)


def test_batches_are_those_prepared_from_the_graphs_themselves(data):
    plain, kept = data(), data(device="cpu")
    for loader in ("train_dataloader", "val_dataloader"):
        pairs = list(zip(getattr(plain, loader)(), getattr(kept, loader)(), strict=True))
        assert len(pairs) > 0 and all(same(*pair) for pair in pairs)


def test_few_shapes_pad_and_leave_out_a_smaller_last_batch(data):
    plain, kept = data(batch_size=7), data(batch_size=7, device="cpu", num_shapes=2)
    batches = list(kept.train_dataloader())
    assert len(list(plain.train_dataloader())) == len(batches) + 1
    shapes = {(batch.node.shape, batch.block_size.shape) for batch in batches}
    assert len(shapes) <= 2 and max(shape[0][1] for shape in shapes) == int(kept.train.sizes.max())
    for batch in batches:
        assert batch.num_graphs == 7
        assert torch.equal(batch.block_size.sum(1), batch.mask.sum(1))


def test_sizes_and_bytes(data):
    graphs = data(sizes=[3, 5, 8, 8]).train
    kept = ResidentGraphs.of(graphs, "cpu")
    assert len(kept) == len(graphs) and torch.equal(kept.sizes, graphs.sizes)
    assert kept.few_shapes(1) == [8] and kept.few_shapes(100) == sorted(set(graphs.sizes.tolist()))
    entry = 8 + 8 * 8 + 2 * 8 + 2 * kept.block_size.size(1)
    assert kept.num_bytes == len(graphs) * entry
    with pytest.raises(ValueError, match="'node' must be at most 255"):
        part = graphs[[0]]
        part.node[0, 0] = 256
        ResidentGraphs.join([part], 8, "cpu")
