import torch

from pyg_symm.tasks import SizeBatches


def test_batches_hold_every_item_once_and_are_of_like_sizes():
    sizes = torch.randint(1, 30, (2000,), generator=torch.Generator().manual_seed(0))
    batches = list(SizeBatches(sizes, 16, torch.Generator(), lambda: 5))
    assert sorted(i for batch in batches for i in batch) == list(range(2000))
    assert len(batches) == len(SizeBatches(sizes, 16, torch.Generator(), lambda: 5)) == 125
    spread = torch.tensor([float(sizes[b].max() - sizes[b].min()) for b in batches]).mean()
    assert spread < 3
    assert batches == list(SizeBatches(sizes, 16, torch.Generator(), lambda: 5))
    assert batches != list(SizeBatches(sizes, 16, torch.Generator(), lambda: 6))
