import pytest
import torch
from torch_geometric.nn.kge import ComplEx, DistMult, RotatE, TransE

from pyg_symm.metrics import KnownTriples, filtered_ranking
from pyg_symm.metrics.ranking import function
from pyg_symm.nn.kge import NFE

N, R = 12, 3


class ForwardOnly(torch.nn.Module):
    """Scores from a table, with many ties."""

    def __init__(self, seed, values=4):
        super().__init__()
        self.num_nodes, self.num_relations, self.hidden_channels = N, R, 8
        generator = torch.Generator().manual_seed(seed)
        table = torch.randint(values, (N, R, N), generator=generator).float()
        self.table = torch.nn.Parameter(table)

    def forward(self, head, rel, tail):
        return self.table[head, rel, tail]


def plain(model, triples, known, plain_rank, sides=("head", "tail")):
    """Reciprocal ranks of the definition."""
    true = {tuple(t) for part in known for t in torch.stack(tuple(part), 1).tolist()}
    every, found = torch.arange(N), []
    for h, r, t in torch.stack(triples, 1).tolist():
        h_, r_, t_ = (torch.full_like(every, i) for i in (h, r, t))
        if "tail" in sides:
            others = {e for e in range(N) if (h, r, e) in true}
            found.append(plain_rank(model(h_, r_, every).tolist(), t, others))
        if "head" in sides:
            others = {e for e in range(N) if (e, r, t) in true}
            found.append(plain_rank(model(every, r_, t_).tolist(), h, others))
    return found


def test_ranks_of_random_graphs(random_triples, plain_rank):
    for seed in range(50):
        model, triples = ForwardOnly(seed), random_triples(seed, num=10)
        known = [triples, random_triples(seed + 100)]
        ranks = plain(model, triples, known, plain_rank)
        found = filtered_ranking(model, triples, known)
        assert found.count == len(ranks) == 20
        assert found.mr == pytest.approx(sum(ranks) / 20, abs=1e-12)
        assert found.mrr == pytest.approx(sum(1 / r for r in ranks) / 20, abs=1e-12)
        for k in (1, 3, 10):
            assert found.hits[k] == sum(r <= k for r in ranks) / 20


@pytest.mark.parametrize("sides", ["head", "tail"])
def test_one_side(sides, random_triples, plain_rank):
    model, triples = ForwardOnly(0), random_triples(0)
    ranks = plain(model, triples, [triples], plain_rank, sides=(sides,))
    found = filtered_ranking(model, triples, [triples], sides=sides, k=(2,))
    assert found.mrr == pytest.approx(sum(1 / r for r in ranks) / len(ranks), abs=1e-12)
    assert list(found.per_side) == [sides] and list(found.hits) == [2]


def test_equal_scores(random_triples):
    model, triples = ForwardOnly(0, values=1), random_triples(0, num=5)
    assert filtered_ranking(model, triples).mr == (N + 1) / 2
    assert filtered_ranking(model, triples, ties="optimistic").mr == 1
    assert filtered_ranking(model, triples, ties="pessimistic").mr == N


@pytest.mark.parametrize(
    "model",
    [
        *(NFE(N, R, 4, kind=kind) for kind in ("nfe1", "nfe2", "nfe3")),
        *(model(N, R, 4) for model in (TransE, DistMult, ComplEx, RotatE)),
    ],
    ids=str,
)
def test_all_scores_at_once_give_the_same(model, random_triples, plain_rank):
    torch.manual_seed(0)
    model.reset_parameters()
    model = model.double()
    triples, known = random_triples(1, num=15), [random_triples(2)]
    found = filtered_ranking(model, triples, known)
    for side in ("head", "tail"):
        if isinstance(model, NFE) and side == "head":
            continue  # Heads are tails of inverse relations.
        ranks = plain(model, triples, known, plain_rank, sides=(side,))
        assert found.per_side[side].mr == pytest.approx(sum(ranks) / len(ranks), abs=1e-12)


def test_results_do_not_depend_on_batches(random_triples, monkeypatch):
    triples, known = random_triples(1), [random_triples(2)]
    for model in (ForwardOnly(0), NFE(N, R, 4), DistMult(N, R, 4)):
        expected = filtered_ranking(model, triples, known)
        found = filtered_ranking(model, triples, known, batch_size=7)
        assert found.hits == expected.hits and found.mr == expected.mr
        with monkeypatch.context() as patch:
            patch.setattr(function, "_BUDGET", 40)
            found = filtered_ranking(model, triples, known)
        assert found.hits == expected.hits and found.mr == expected.mr


def test_known_triples_may_be_prepared(random_triples):
    triples, parts = random_triples(1), [random_triples(2)]
    prepared = KnownTriples(parts, N, R)
    assert filtered_ranking(ForwardOnly(0), triples, prepared) == filtered_ranking(
        ForwardOnly(0), triples, parts
    )


def test_without_known_triples_nothing_is_filtered(random_triples):
    triples, model = random_triples(1), ForwardOnly(0)
    found = filtered_ranking(model, triples)
    assert found == filtered_ranking(model, triples, known=None)
    assert found == filtered_ranking(model, triples, known=[])
    assert found.mr > filtered_ranking(model, triples, known=[triples]).mr


def test_model_is_left_as_it_was(random_triples):
    model = NFE(N, R, 4)
    model.train()
    filtered_ranking(model, random_triples(1))
    assert model.training
    assert all(p.grad is None for p in model.parameters())


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"sides": "left"}, "'sides' must be one of"),
        ({"ties": "random"}, "'ties' must be one of"),
        ({"k": (0,)}, "'k' must have positive whole numbers .got 0."),
        ({"k": 5}, "'k' must be a list of positive whole numbers .got 5."),
        ({"batch_size": 0}, "'batch_size' must be positive .got 0."),
        ({"triples": torch.empty(3, 0, dtype=torch.long)}, "'triples' must not be empty"),
        ({"triples": torch.tensor([[0], [R], [0]])}, r"'triples' must have relations in \[0, 3\)"),
        ({"known": [torch.tensor([[N], [0], [0]])]}, r"'known' must have heads in \[0, 12\)"),
        (
            {"known": tuple(torch.zeros(3, 2, dtype=torch.long))},
            "'known' must be a list of tuples of triples .got one tuple of triples.",
        ),
        ({"known": 3}, "'known' must be a list of tuples of triples .got int."),
        (
            {"known": KnownTriples([], N + 1, R)},
            "'known' must be of the 12 entities and 3 relations of the model .got 13 and 3.",
        ),
        (
            {"triples": torch.zeros(3, 2, dtype=torch.long).numpy()},
            "'triples' must have three tensors .got ndarray.",
        ),
    ],
)
def test_wrong_arguments(arguments, message, random_triples):
    arguments = {"triples": random_triples(0), **arguments}
    with pytest.raises(ValueError, match=message):
        filtered_ranking(NFE(N, R, 4), **arguments)
