"""The loss of whole queries."""

import pytest
import torch
import torch.nn.functional as F

from pyg_symm.nn.kge import NFE
from pyg_symm.nn.kge.kinds import KINDS

N, R = 23, 4


@pytest.mark.parametrize("kind", list(KINDS))
def test_loss_of_queries_with_all_their_tails(kind, dtype):
    torch.manual_seed(1)
    model = NFE(N, R, 6, kind=kind, gamma=2.0, loss="k_vs_all")
    with torch.no_grad():
        for parameter in model.parameters():
            parameter *= 8.0
    head, rel, tail = (torch.randint(size, (60,)) for size in (N, R, N))
    loader = model.loader(head, rel, tail, batch_size=1000)
    assert loader.queries.rows.size(1) <= 2 * 60
    expected = []
    for given, other, scores, side in [
        (head, tail, model.score_tails, lambda node, r: (node, r)),
        (tail, head, model.score_heads, lambda node, r: (r, node)),
    ]:
        for node, r in set(zip(given.tolist(), rel.tolist(), strict=True)):
            row = scores(*map(torch.tensor, side([node], [r])))[0]
            true = torch.zeros(N).index_fill(0, other[(given == node) & (rel == r)], 1.0)
            dense = F.binary_cross_entropy_with_logits(row, true, reduction="sum")
            expected.append(dense)
    (batch,) = loader
    expected = torch.stack(expected)
    assert len(expected) == len(loader.queries)
    torch.testing.assert_close(model.loss(*batch), expected.mean(), atol=1e-5, rtol=1e-5)
