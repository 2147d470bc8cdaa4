import torch

from pyg_symm.causal.interventions import BoundedInterventions
from pyg_symm.causal.structure import StructuralModel


def model(num=20):
    values = torch.randn(num, 3, generator=torch.Generator().manual_seed(0))
    return StructuralModel([[], [0], []], [1, 2], 0, values, {}, torch.zeros(num, 3))


def make(budget=1.0, restarts=3, classes=2):
    generator = torch.Generator().manual_seed(0)
    return BoundedInterventions(model(), budget, restarts, classes, generator)


def test_values_stay_within_the_range():
    observed, given = model().values, 100 * torch.randn(1, 50, 1)
    for budget in (0.5, 1.0, 2.0):
        found = make(budget).mechanism(1, given)
        least, most = observed[:, 1].aminmax()
        slack = (budget - 1) * (most - least) / 2
        assert found.shape == (6, 50)
        assert found.min() >= least - slack - 1e-5 and found.max() <= most + slack + 1e-5
        assert found.std() > 0


def test_without_parents_a_mechanism_is_constant():
    found = make().mechanism(2, torch.empty(1, 50, 0))
    assert found.shape == (6, 50) and (found == found[:, :1]).all()
    assert len(found[:, 0].unique()) == 3


def test_classes_share_starts_and_are_trained_apart():
    chosen, given = make(), torch.randn(1, 50, 1)
    found = chosen.settings()[1](given)
    torch.testing.assert_close(found[0::2], found[1::2])  # Restart k, class c: k C + c.
    assert not torch.equal(found[0], found[2])
    found[1].sum().backward()
    assert all(p.grad is None or not p.grad[[0, 2, 3, 4, 5]].any() for p in chosen.parameters())


def test_one_of_them():
    chosen, given = make(), torch.randn(1, 50, 1)
    one = chosen.pick(4)
    torch.testing.assert_close(one.mechanism(1, given), chosen.mechanism(1, given)[4:5])
    assert not any(p.requires_grad for p in one.parameters())
