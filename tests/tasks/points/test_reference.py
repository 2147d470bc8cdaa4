import pytest
import torch

from pyg_symm.tasks import ElementReference
from pyg_symm.tasks.points.reference import element_counts

Z = torch.tensor([1, 1, 8, 6, 1, 8, 8])
GRAPH = torch.tensor([0, 0, 0, 1, 1, 2, 2])


def test_counts():
    expected = torch.tensor([[2.0, 0.0, 1.0], [1.0, 1.0, 0.0], [0.0, 0.0, 2.0]])
    assert torch.equal(element_counts(Z, GRAPH, 3, torch.tensor([1, 6, 8])).float(), expected)


def test_sums_of_elements_are_found():
    values = torch.tensor([[1.0, -2.0], [3.0, 0.5], [-4.0, 7.0]]).double()
    y = element_counts(Z, GRAPH, 3, torch.tensor([1, 6, 8])) @ values
    reference = ElementReference(2)
    reference.fit(Z, GRAPH, y)
    torch.testing.assert_close(reference.values[[1, 6, 8]], values)
    torch.testing.assert_close(reference(Z, GRAPH, 3), y)
    assert torch.equal(reference(Z[:2], GRAPH[:2], 2)[1], torch.zeros(2).double())


def test_one_composition_leaves_the_mean_of_what_atoms_do_not_explain():
    z, graph = torch.tensor([1, 8] * 3), torch.tensor([0, 0, 1, 1, 2, 2])
    y = torch.tensor([[-90.0], [-93.0], [-96.0]])
    reference = ElementReference()
    reference.fit(z, graph, y, known={1: -10.0, 8: -70.0, 92: 0.0})
    torch.testing.assert_close(reference(z, graph, 3), torch.full((3, 1), -93.0).double())
    # The rest, -13, is shared by the two atoms.
    torch.testing.assert_close(reference.values[[1, 8], 0], torch.tensor([-16.5, -76.5]).double())


def test_elements_without_energy_are_named():
    with pytest.raises(ValueError, match=r"'known'.*\[6, 8\]"):
        ElementReference().fit(Z, GRAPH, torch.zeros(3, 1), known={1: 0.0})
