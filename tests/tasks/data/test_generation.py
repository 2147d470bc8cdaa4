import pytest
import torch
from torch_geometric.data import Data


def test_graphs_come_in_blocks_and_describe_themselves(data):
    module = data()
    assert len(module.train) == 36 and len(module.val) == 4
    batch = next(iter(module.train_dataloader()))
    assert batch.num_graphs == 8 and batch.block_size.sum() == batch.mask.sum()
    known = module.describe()
    assert known["vocabulary"] is None and known["statistics"].max_nodes <= 8
    assert len(data(limit=10).train) == 9
    small = data(max_nodes=5)
    assert 0 < len(small.train) < 36 and small.train.sizes.max() <= 5


@pytest.mark.parametrize(
    ("limit", "held_out"), [(None, [11, 21, 31, 41]), (20, [21, 41]), (10, [41]), (2, [41])]
)
def test_parts_of_a_sorted_set_are_like_the_whole(data, limit, held_out):
    module = data(range(2, 42), limit=limit)
    count = 40 if limit is None else limit
    sizes = torch.cat([module.train.sizes, module.val.sizes]).sort().values
    assert sizes.tolist() == list(range(1 + 40 // count, 42, 40 // count))
    assert module.val.sizes.tolist() == held_out


def test_validation_graphs_are_taken_from_everywhere(data):
    assert data(range(2, 42), val_limit=2).val.sizes.tolist() == [21, 41]
    val = [Data(edge_index=torch.empty(2, 0, dtype=torch.long), num_nodes=n) for n in range(2, 42)]
    assert data(val=val, val_limit=2).val.sizes.tolist() == [21, 41]
    assert data(val=val, limit=3).val.sizes.tolist() == [15, 28, 41]


def test_bad_input(data):
    for name in ("limit", "val_limit"):
        with pytest.raises(ValueError, match=rf"'{name}' must be positive \(got 0\)"):
            data(**{name: 0})
    with pytest.raises(ValueError, match="'graphs' must not be empty"):
        data(max_nodes=1)


def test_small_sets_get_small_batches(data):
    assert data(range(2, 42), batch_size=None).batch_size == 8
    assert data([3] * 400, batch_size=None).batch_size == 360 // 16
    assert data([3] * 4000, batch_size=None).batch_size == 128


def test_pairs_of_a_batch_are_bounded(data):
    module = data(range(2, 42), max_pairs=2000)
    for loader in (module.train_dataloader(), module.val_dataloader()):
        assert all(batch.mask.size(0) * batch.mask.size(1) ** 2 <= 2000 for batch in loader)
