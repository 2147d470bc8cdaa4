import pytest
import torch

from pyg_symm.generation import PARD
from pyg_symm.generation.networks import PARDNetworks


def test_the_generator_adds_no_weights_to_its_networks(make, variant):
    model = make(**variant)
    networks = PARDNetworks(model.config)
    assert isinstance(model, PARDNetworks) and not isinstance(networks, PARD)
    assert list(networks.state_dict()) == list(model.state_dict())
    rooms = {name.split(".")[0] for name in model.state_dict()}
    head = "own_size_head" if variant.get("shared_trunk") else "predictor"
    assert rooms == {"nodes", "edges", "denoiser", head}
    networks.load_state_dict(model.state_dict())


def test_parameters_are_drawn_anew(make, variant):
    model = make(**variant)
    before = {name: p.clone() for name, p in model.named_parameters()}
    torch.manual_seed(1)
    model.reset_parameters()
    drawn = [name for name, p in model.named_parameters() if p.dim() > 1]
    assert all(not torch.equal(before[name], model.get_parameter(name)) for name in drawn)


def test_unknown_settings(make):
    with pytest.raises(ValueError, match="'schedule' must be one of .* .got 'square'"):
        make(schedule="square")
