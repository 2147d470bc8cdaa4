import copy

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from pyg_symm.weights import compose, declare_spec, interpolate, inverse, mlp_spec, weight_matching
from pyg_symm.weights.matching import straight_through_matching
from pyg_symm.weights.matching.straight_through import _Middle

SPEC = mlp_spec([4, 12, 12, 3])


def mlp(seed=0):
    torch.manual_seed(seed)
    layers = nn.Linear(4, 12), nn.Tanh(), nn.Linear(12, 12), nn.Tanh(), nn.Linear(12, 3)
    return nn.Sequential(*layers)


def loss(net, batch):
    return cross_entropy(net(batch[0]), batch[1])


def batches(num=3):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(20 * num, 4, generator=generator)
    return [(part, part[:, :3].argmax(1)) for part in x.split(20)]


def trained(seed):
    model = mlp(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(30):
        for batch in batches():
            optimizer.zero_grad()
            loss(model, batch).backward()
            optimizer.step()
    return model.state_dict()


def middle_loss(a, b, p):
    model = mlp()
    model.load_state_dict(interpolate(a, SPEC.apply(b, p)))
    with torch.no_grad():
        return sum(float(loss(model, batch)) for batch in batches()) / 3


def test_planted_permutations_are_found(same_permutation):
    a = trained(0)
    p = SPEC.random(torch.Generator().manual_seed(0))
    match = straight_through_matching(SPEC, mlp(), a, SPEC.apply(a, p), batches(), loss, epochs=2)
    assert same_permutation(match.permutation, inverse(p))
    assert len(match.history) == 3


def test_the_best_of_the_history_is_returned(same_permutation):
    a, b = trained(0), trained(1)
    match = straight_through_matching(SPEC, mlp(), a, b, batches(), loss, epochs=15, lr=0.05)
    first = weight_matching(SPEC, a, b)
    assert match.history[0] == pytest.approx(middle_loss(a, b, first.permutation), rel=1e-5)
    assert min(match.history) == pytest.approx(middle_loss(a, b, match.permutation), rel=1e-5)
    assert min(match.history) < 0.9 * match.history[0]  # Found by the loss, not by weights:
    assert match.objective < first.objective
    again = straight_through_matching(SPEC, mlp(), a, b, batches(), loss, epochs=15, lr=0.05)
    assert same_permutation(match.permutation, again.permutation) and match.history == again.history


def test_no_epochs_leave_the_start(same_permutation):
    a, b = trained(0), trained(1)
    match = straight_through_matching(SPEC, mlp(), a, b, batches(), loss, epochs=0)
    assert same_permutation(match.permutation, weight_matching(SPEC, a, b).permutation)
    init = SPEC.random(torch.Generator().manual_seed(0))
    given = straight_through_matching(SPEC, mlp(), a, b, batches(), loss, epochs=0, init=init)
    assert same_permutation(given.permutation, init)


def test_gradients_go_half_to_the_latent_weights():
    a, b = trained(0), trained(1)
    p = SPEC.random(torch.Generator().manual_seed(0))
    middle = _Middle(SPEC, mlp(), a, b)
    loss(middle.network(p), batches()[0]).backward()
    model = mlp()
    model.load_state_dict(interpolate(a, SPEC.apply(b, p)))
    loss(model, batches()[0]).backward()
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(middle.latent[name].grad, parameter.grad / 2)


def normed():
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Linear(4, 9), nn.BatchNorm1d(9), nn.ReLU(), nn.Dropout(0.5), nn.Linear(9, 3)
    )
    axes = {"0.weight": ["h", None], "4.weight": [None, "h"], "4.bias": [None], "*": ["h"]}
    return model, declare_spec(model.state_dict(), axes)


def test_norms_use_the_batch_and_nothing_changes(same_permutation):
    model, spec = normed()
    a = copy.deepcopy(model.state_dict())
    p = spec.random(torch.Generator().manual_seed(0))
    b = spec.apply(a, p)
    far = {n: t + 50 if "running" in n else t for n, t in b.items()}
    matches = [
        straight_through_matching(spec, model, a, x, batches(), loss, epochs=2) for x in (b, far)
    ]
    assert matches[0].history == matches[1].history
    assert same_permutation(matches[0].permutation, inverse(p))
    assert all(torch.equal(t, a[n]) for n, t in model.state_dict().items()) and model.training


def test_half_precision_is_trained_in_single(same_permutation):
    a = {n: t.half() for n, t in trained(0).items()}
    p = SPEC.random(torch.Generator().manual_seed(0))
    match = straight_through_matching(
        SPEC, mlp().half(), a, SPEC.apply(a, p), batches(), loss, epochs=1
    )
    assert same_permutation(compose(p, match.permutation), SPEC.identity())


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(4, 8, bias=False), nn.Linear(8, 4, bias=False)
        self.again = self.first

    def forward(self, x):
        return self.last(self.first(x).relu() + self.again(x).relu())


def test_tied_parameters():
    torch.manual_seed(0)
    model = Tied()
    axes = {"first.weight": ["h", None], "again.weight": ["h", None], "last.weight": [None, "h"]}
    spec = declare_spec(model.state_dict(), axes)
    b = spec.apply(model.state_dict(), spec.random(torch.Generator().manual_seed(0)))
    match = straight_through_matching(spec, model, model.state_dict(), b, batches(), loss, epochs=1)
    moved = spec.apply(b, match.permutation)
    assert all(torch.equal(moved[n], t) for n, t in model.state_dict().items())


def test_bad_input():
    a = mlp().state_dict()
    cases = [
        ({"epochs": -1}, batches(), a, "'epochs' must be at least 0"),
        ({"lr": 0.0}, batches(), a, "'lr' must be positive"),
        ({}, [], a, "'batches' must not be empty"),
        ({}, iter(batches()), a, "must be read again for each epoch"),
        ({"init": {"x": torch.arange(3)}}, batches(), a, "'x', which is frozen or no class"),
        (
            {},
            [(torch.full((2, 4), float("nan")), torch.zeros(2).long())],
            a,
            "'loss' must be finite",
        ),
        ({}, batches(), {**a, "0.bias": torch.zeros(3)}, "'b': tensor '0.bias' has shape"),
    ]
    for arguments, data, b, match in cases:
        with pytest.raises(ValueError, match=match):
            straight_through_matching(SPEC, mlp(), a, b, data, loss, **arguments)
