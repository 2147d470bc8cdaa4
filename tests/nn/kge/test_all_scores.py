from functools import partial

import pytest
import torch
from torch_geometric.nn.kge import ComplEx, DistMult, RotatE, TransE

from pyg_symm.nn.kge import NFE, score_all_heads, score_all_tails

N, R, D = 13, 4, 6
MODELS = [
    TransE(N, R, D),
    TransE(N, R, D, p_norm=2.0),
    DistMult(N, R, D),
    ComplEx(N, R, D),
    RotatE(N, R, D),
]


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_scores_are_those_of_triples(model, dtype, tol):
    model = model.to(dtype)
    known, rel = torch.randint(N, (7,)), torch.randint(R, (7,))
    tails, heads = score_all_tails(model, known, rel), score_all_heads(model, rel, known)
    for node in range(N):
        nodes = torch.full_like(known, node)
        torch.testing.assert_close(tails[:, node], model(known, rel, nodes), atol=tol, rtol=tol)
        torch.testing.assert_close(heads[:, node], model(nodes, rel, known), atol=tol, rtol=tol)


def test_own_scores_come_first():
    model = NFE(N, R, D)
    known, rel = torch.randint(N, (7,)), torch.randint(R, (7,))
    assert torch.equal(score_all_tails(model, known, rel), model.score_tails(known, rel))
    assert torch.equal(score_all_heads(model, rel, known), model.score_heads(rel, known))


def test_other_models_are_left_to_their_forward():
    class Other(DistMult):
        pass

    model, index = Other(N, R, D), torch.zeros(1, dtype=torch.long)
    assert score_all_tails(model, index, index) is None
    assert score_all_heads(model, index, index) is None


KINDS = ["nfe1", "nfe2", "nfe3", "mu", "sigma"]
PRODUCTS = {kind: partial(NFE, kind=kind) for kind in KINDS} | {
    "heads": partial(NFE, inverse_relations=False),
    "DistMult": DistMult,
    "ComplEx": ComplEx,
}


@pytest.mark.parametrize("make", PRODUCTS.values(), ids=PRODUCTS)
@pytest.mark.parametrize("num_nodes, channels", [(301, 33), (320, 62)])
@torch.no_grad()
def test_entities_with_equal_rows_tie(make, num_nodes, channels, dtype):
    torch.manual_seed(0)
    model = make(num_nodes, 2, channels)
    for name, table in model.named_parameters():
        if name.startswith("node"):
            table.copy_(torch.randn(1, table.size(1)).expand_as(table))
    for size in (1, 2, 3, 4, 5, 8):
        index = torch.arange(size) % 2
        for scores in (score_all_tails(model, index, index), score_all_heads(model, index, index)):
            assert scores.shape == (size, num_nodes) and bool((scores == scores[:, :1]).all())
