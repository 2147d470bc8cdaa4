import pytest
import torch

from pyg_symm.generation import Constraints, SampleOptions
from pyg_symm.generation.options import CheckedOptions, kept_bytes


def test_open_choices_are_filled_in_from_the_model(make):
    model = make()
    checked = CheckedOptions.of(SampleOptions(), model, None)
    assert (checked.max_nodes, checked.num_steps, checked.batch_size) == (8, 4, 128)
    checked = CheckedOptions.of(SampleOptions(max_nodes=5, num_steps=2, batch_size=7), model, None)
    assert (checked.max_nodes, checked.num_steps, checked.batch_size) == (5, 2, 7)


def test_bytes_are_those_that_layers_keep(make):
    for dtype, share in ((torch.double, 8), (torch.float, 4)):
        network, kept = make().to(dtype), 0
        for part in (network.denoiser, network.predictor):
            layers = part.start(1, 20).layers
            kept += sum(t.numel() for layer in layers for parts in layer if parts for t in parts)
        assert kept_bytes(network, 20) == share * kept


def test_a_valence_that_the_given_graph_breaks(make, graphs):
    model = make()
    start = model.graphs([graphs[0]])
    bounds = Constraints(max_valence=torch.tensor([0, 0, 0]))
    with pytest.raises(ValueError, match="'data' has a node of class . whose bonds add up to"):
        CheckedOptions.of(SampleOptions(constraints=bounds), model, start)
    with pytest.raises(ValueError, match="'max_hops' is 0"):
        CheckedOptions.of(
            SampleOptions(constraints=Constraints(degree=True)), make(max_hops=0), None
        )


@pytest.mark.parametrize(
    "wrong", [{"min_nodes": 1.5}, {"num_steps": 1.5}, {"num_steps": "2"}, {"min_nodes": None}]
)
def test_what_is_no_whole_number_is_named(make, wrong):
    with pytest.raises(ValueError, match=f"'{next(iter(wrong))}' must be an integer"):
        CheckedOptions.of(SampleOptions(**wrong), make(), None)


def test_constraints_must_fit_the_classes_of_the_model(make):
    valence, order = torch.tensor([1, 2, 3]), torch.tensor([0.0, 1.0, 2.0])
    good = Constraints(max_valence=valence, edge_order=order)
    assert CheckedOptions.of(SampleOptions(constraints=good), make(), None).constraints is good
    for name, bad in (
        ("max_valence", Constraints(max_valence=valence[:2])),
        ("edge_order", Constraints(max_valence=valence, edge_order=order[:2])),
        ("constraints", {"degree": True}),
    ):
        with pytest.raises(ValueError, match=f"'{name}' must"):
            CheckedOptions.of(SampleOptions(constraints=bad), make(), None)
