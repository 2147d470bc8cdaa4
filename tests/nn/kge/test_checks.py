import pytest
import torch
from torch.func import functional_call, grad, vmap

from pyg_symm.nn.kge import NFE
from pyg_symm.nn.kge.checks import check_indices


@pytest.mark.parametrize(
    "index, message",
    [
        (torch.tensor([0, 5]), r"'head' must be in \[0, 5\) \(got 5\)"),
        (torch.tensor([-1, 2]), r"'head' must be in \[0, 5\) \(got -1\)"),
        (torch.tensor([0.0, 1.0]), r"'head' must have whole numbers \(got torch.float32\)"),
        (torch.tensor([1]), r"\['head', 'rel'\] must have one size \(got \[\[1\], \[2\]\]\)"),
    ],
)
def test_indices(index, message):
    with pytest.raises(ValueError, match=message):
        check_indices({"rel": 2}, 5, head=index, rel=torch.tensor([1, 0]))


def test_sizes_by_name():
    check_indices({"rel": 2}, 5, head=torch.tensor([4]), rel=torch.tensor([1]))
    with pytest.raises(ValueError, match=r"'rel' must be in \[0, 2\) \(got 2\)"):
        check_indices({"rel": 2}, 5, head=torch.tensor([4]), rel=torch.tensor([2]))
    check_indices({}, 5, head=torch.empty(0, dtype=torch.long))


def test_gradients_of_each_triple_by_functional_transforms():
    model, triples = NFE(5, 2, 4), torch.tensor([[0, 1, 2], [0, 1, 0], [3, 4, 1]])
    parameters = dict(model.named_parameters())

    def score(parameters, triple):
        return functional_call(model, parameters, tuple(triple.unsqueeze(1))).sum()

    found = vmap(grad(score), in_dims=(None, 1))(parameters, triples)
    for i, triple in enumerate(triples.T):
        expected = torch.autograd.grad(score(parameters, triple), list(parameters.values()))
        for name, value in zip(parameters, expected, strict=True):
            torch.testing.assert_close(found[name][i], value)
