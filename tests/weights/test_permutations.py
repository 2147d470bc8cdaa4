import pytest
import torch

from pyg_symm.weights import compose, identity, inverse
from pyg_symm.weights.permutations import check_permutation

CLASSES = {"a": 7, "b": 4}


def drawn(seed):
    generator = torch.Generator().manual_seed(seed)
    return {name: torch.randperm(size, generator=generator) for name, size in CLASSES.items()}


def same(p, q):
    return p.keys() == q.keys() and all(torch.equal(p[name], q[name]) for name in p)


def test_composition_is_one_after_the_other():
    p, q, x = drawn(0), drawn(1), torch.randn(7)
    assert torch.equal(x[p["a"]][q["a"]], x[compose(p, q)["a"]])
    assert not same(compose(p, q), compose(q, p))


def test_inverse_undoes():
    p = drawn(0)
    assert same(compose(p, inverse(p)), identity(CLASSES))
    assert same(compose(inverse(p), p), identity(CLASSES))
    assert not same(p, inverse(p))


def test_different_classes_are_not_composed():
    with pytest.raises(ValueError, match="same classes"):
        compose(drawn(0), {"a": torch.arange(7)})


@pytest.mark.parametrize(
    "permutation, match",
    [
        ({"c": torch.arange(7)}, "'c', which is frozen"),
        ({"a": torch.arange(6)}, "7 indices of class 'a'"),
        ({"b": torch.tensor([0, 1, 1, 2])}, "4 indices of class 'b'"),
        ({"b": torch.arange(4.0)}, "float32"),
        ({"b": [0, 1, 2, 3]}, "must hold a tensor for class 'b' .got list"),
    ],
)
def test_what_is_no_permutation(permutation, match):
    check_permutation(drawn(0), CLASSES)
    with pytest.raises(ValueError, match=match):
        check_permutation(permutation, CLASSES)
