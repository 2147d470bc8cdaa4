import torch
from pytest import mark

R = torch.randn
INDEX = torch.tensor([2, 0, 2, 1])


@mark.parametrize(
    "func, expected",
    [
        (lambda a: a[INDEX], ["3", "u0", "u1"]),
        (lambda a: a.index_select(1, INDEX), ["u0", "4", "u1"]),
        (lambda a: a[:, INDEX, INDEX], ["u0", "4", "5"]),
        (lambda a: a[INDEX, :, INDEX], ["3", "u0", "5"]),
        (lambda a: a[torch.tensor([True, False, True])], ["3", "u0", "u1"]),
        (lambda a: a[:, torch.ones(4, 5) > 0], ["u0", "4", "5"]),
        (lambda a: a.gather(0, INDEX[:1, None, None].expand(1, 4, 5)), ["3", "u0", "u1"]),
        (lambda a: torch.nn.functional.embedding(INDEX, a[:, :, 0]), ["3", "u0", "1|u1"]),
        (lambda a: a.take(INDEX), ["3", "4", "5"]),
        (lambda a: a.masked_select(torch.ones(5) > 0), ["3", "4", "5"]),
        (lambda a: torch.segment_reduce(a, "max", lengths=torch.tensor([1, 2])), ["3", "u0", "u1"]),
    ],
)
def test_reading(carries, func, expected):
    axes, _ = carries(func, a=R(3, 4, 5))
    assert axes["a"] == expected


def test_tables_are_no_loss_but_features_are(carries):
    assert carries(lambda a: (a * 2)[INDEX], a=R(3, 4))[1] == set()
    assert carries(lambda a: torch.cat([a, a.new_zeros(1, 4)])[INDEX], a=R(3, 4))[1] == set()
    assert carries(lambda a, x: (a * x)[INDEX], a=R(3, 4), x=torch.arange(4))[1] == {("a", 0)}


@mark.parametrize(
    "func",
    [
        lambda a, b: b.index_add(0, INDEX, a),
        lambda a, b: b.index_copy(0, INDEX, a),
        lambda a, b: b.scatter_add(0, INDEX[:, None].expand(4, 5), a),
        lambda a, b: b.scatter(0, INDEX[:, None].expand(4, 5), a),
        lambda a, b: b.scatter_reduce(0, INDEX[:, None].expand(4, 5), a, "mean"),
        lambda a, b: b.index_put((INDEX,), a),
        lambda a, b: b.index_put((INDEX,), a, accumulate=True),
    ],
)
def test_writing(carries, func):
    axes, _ = carries(func, a=R(4, 5), b=R(3, 5))
    assert axes == {"a": ["4", "u0"], "b": ["3", "u0"]}


def test_a_message_is_scattered_into_zeros(carries):
    def func(a):
        return a.new_zeros(3, 5).scatter_add_(0, INDEX[:, None].expand_as(a), a)

    axes, _ = carries(func, a=R(4, 5))
    assert axes["a"][1] == "u0"


def test_shorter_indices_freeze(carries):
    axes, _ = carries(lambda a: a.gather(0, INDEX[:, None].expand(4, 2)), a=R(3, 5))
    assert axes["a"] == ["3", "5"]


def test_one_number(carries):
    carries(lambda a: a.sum().index_select(0, torch.zeros(1, dtype=torch.long)), a=R(3))
    carries(lambda a: a.sum().gather(0, torch.zeros(1, dtype=torch.long)), a=R(3))


@mark.parametrize("mode", ["sum", "mean", "max"])
def test_bags_of_rows(carries, mode):
    def func(a):
        return torch.nn.functional.embedding_bag(INDEX, a, torch.tensor([0, 2]), mode=mode)

    assert carries(func, a=R(3, 5))[0]["a"] == ["3", "u0"]
