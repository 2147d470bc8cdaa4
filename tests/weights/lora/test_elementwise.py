import pytest
import torch

from pyg_symm.weights.lora import dare_merge, linear_merge, ties_merge
from pyg_symm.weights.lora.elementwise import check_density, elected, trimmed


def sides(adapters, name="q"):
    return [torch.stack([x[name][i] for x in adapters]) for i in (0, 1)]


def test_linear_has_cross_terms(make):
    adapters = [make(number, scaling=1.0) for number in range(3)]
    a, b = sides(adapters)
    torch.testing.assert_close(linear_merge(adapters).delta("q"), b.sum(0) @ a.sum(0) / 3)
    summed = linear_merge(adapters, semantics="sum").delta("q")
    torch.testing.assert_close(summed, b.sum(0) @ a.sum(0))


def literal_ties(tasks, density):
    """TIES, entry by entry."""
    kept = []
    for task in tasks:
        largest = sorted(task.flatten().abs().tolist(), reverse=True)[: int(density * task.numel())]
        kept.append(torch.where(task.abs() >= largest[-1], task, 0.0))
    merged = torch.zeros_like(tasks[0])
    for place in range(merged.numel()):
        values = [task.flatten()[place].item() for task in kept]
        sign = 1 if sum(values) >= 0 else -1
        agreeing = [value for value in values if value * sign > 0]
        merged.view(-1)[place] = sum(agreeing) / max(len(agreeing), 1)
    return merged


@pytest.mark.parametrize("density", [0.3, 0.5, 1.0])
def test_ties_is_the_literal_algorithm(make, density):
    adapters = [make(number, scaling=1.0) for number in range(3)]
    merged = ties_merge(adapters, density=density, semantics="sum")
    for side, tasks in zip(merged["q"][:2], sides(adapters), strict=True):
        torch.testing.assert_close(side, literal_ties(tasks, density))


def test_dare_keeps_the_expected_sum(make):
    adapters = [make(0, scaling=1.0), make(1, scaling=1.0)]
    draws = [dare_merge(adapters, density=0.7, semantics="sum", seed=seed) for seed in range(2000)]
    mean = torch.stack([draw["q"].A for draw in draws]).mean(0)
    expected = sides(adapters)[0].sum(0)
    assert (mean - expected).abs().max() < 0.15
    share = (torch.stack([draw["q"].A for draw in draws]) == 0).double().mean()
    assert abs(share - 0.3**2) < 0.01


def test_dare_with_everything_kept_is_linear_or_ties(make):
    adapters = [make(number) for number in range(3)]
    for ties, other in ((False, linear_merge(adapters)), (True, ties_merge(adapters, density=1))):
        merged = dare_merge(adapters, density=1.0, ties=ties)
        torch.testing.assert_close(merged.delta("q"), other.delta("q"))


def test_dare_depends_on_the_seed_only(make):
    adapters = [make(0), make(1)]
    torch.manual_seed(0)
    first = dare_merge(adapters, seed=1)
    torch.manual_seed(1)
    assert torch.equal(first["q"].A, dare_merge(adapters, seed=1)["q"].A)
    assert not torch.equal(first["q"].A, dare_merge(adapters, seed=2)["q"].A)


@pytest.mark.parametrize("merge", [linear_merge, ties_merge, dare_merge])
def test_ranks_must_be_equal(make, merge):
    with pytest.raises(ValueError, match=r"ranks of 'q' must be equal .*\(got \(4, 3\)\)"):
        merge([make(0), make(1, rank=3)])


@pytest.mark.parametrize("density", [0, -0.1, 1.1, float("nan")])
def test_bad_densities_are_named(make, density):
    for call in (check_density, lambda d: ties_merge([make(0)], density=d)):
        with pytest.raises(ValueError, match=f"'density' must be .*got {density}"):
            call(density)


def test_ties_in_parts():
    tasks = torch.tensor([[1.0, -5.0, 2.0, 0.5], [-3.0, 1.0, 2.0, -0.1]])
    trimmed_tasks = trimmed(tasks, 0.5)
    assert trimmed_tasks.tolist() == [[0, -5, 2, 0], [-3, 0, 2, 0]]
    assert elected(trimmed_tasks).tolist() == [-3, -5, 2, 0]
