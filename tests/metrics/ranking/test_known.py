import pytest
import torch

from pyg_symm.metrics.ranking.known import CATEGORIES, KnownTriples, check_triples


def test_others_are_all_other_true_entities(random_triples):
    parts = [random_triples(seed) for seed in range(3)]
    known = KnownTriples(parts, 12, 3)
    true = {tuple(t) for part in parts for t in torch.stack(part, 1).tolist()}
    queries = random_triples(7, num=40)
    for side in ("head", "tail"):
        head, rel, tail = queries
        given, target = (head, tail) if side == "tail" else (tail, head)
        rows, nodes = known.others(side, given, rel, target)
        found = set(zip(rows.tolist(), nodes.tolist(), strict=True))
        assert len(found) == rows.numel()
        triple = (
            (lambda h, r, t, e: (h, r, e)) if side == "tail" else (lambda h, r, t, e: (e, r, t))
        )
        expected = {
            (i, e)
            for i, (h, r, t) in enumerate(torch.stack(queries, 1).tolist())
            for e in range(12)
            if triple(h, r, t, e) in true and e != int(target[i])
        }
        assert found == expected


def test_nothing_known():
    none = KnownTriples([], 5, 2)
    index = torch.tensor([1, 0])
    rows, nodes = none.others("head", index, index, index)
    assert rows.numel() == nodes.numel() == 0
    assert none.categories().tolist() == [0, 0]


def test_categories():
    triples = [
        *[(0, 0, 1), (2, 0, 3)],
        *[(0, 1, t) for t in (1, 2, 3)],
        *[(h, 2, 0) for h in (1, 2, 3)],
        *[(h, 3, t) for h in (1, 2) for t in (3, 4)],
        *[(0, 4, 1), (0, 4, 2), (1, 4, 3)],  # Two tails of one head, one of the other: 1.5.
    ]
    known = KnownTriples([tuple(torch.tensor(triples).t())], 5, 6)
    found = [CATEGORIES[i] for i in known.categories().tolist()]
    assert found == ["1-1", "1-N", "N-1", "N-N", "1-N", "1-1"]


@pytest.mark.parametrize(
    "triples, message",
    [
        ([[0], [0]], r"must have heads, relations and tails \(got 2\)"),
        ([[0], [0], [0, 1]], "must have three vectors of one size"),
        ([[5], [0], [0]], r"must have heads in \[0, 5\) \(got 5\)"),
        ([[0], [2], [0]], r"must have relations in \[0, 2\) \(got 2\)"),
        ([[0], [0], [-1]], r"must have tails in \[0, 5\) \(got -1\)"),
        ([[0.0], [0], [1]], "must have whole numbers as heads"),
    ],
)
def test_wrong_triples(triples, message):
    with pytest.raises(ValueError, match=message):
        check_triples("known", tuple(torch.tensor(part) for part in triples), 5, 2)


def test_too_many_to_tell_apart():
    with pytest.raises(ValueError, match="'known' must have fewer triples"):
        KnownTriples([], 2**31, 4)
