import pickle

import torch

from pyg_symm.metrics import SubsetJaccard, subset_jaccard


def drawn(seed, num_sets=200):
    generator = torch.Generator().manual_seed(seed)
    batch = torch.randint(num_sets, (5 * num_sets,), generator=generator)
    pred, target = (torch.rand(2, len(batch), generator=generator) < 0.3).unbind()
    return pred, target, batch


def test_object_is_the_mean_over_sets():
    metric, parts = SubsetJaccard(), []
    for seed in range(3):
        pred, target, batch = drawn(seed)
        metric.update(pred, target, batch)
        parts.append(subset_jaccard(pred, target, batch))
    torch.testing.assert_close(metric.compute(), torch.cat(parts).mean())
    torch.testing.assert_close(pickle.loads(pickle.dumps(metric)).compute(), metric.compute())
    metric.reset()
    metric.update(torch.tensor([1, 0]), torch.tensor([1, 0]))
    assert metric.compute() == 1
    assert metric.higher_is_better and not metric.is_differentiable
