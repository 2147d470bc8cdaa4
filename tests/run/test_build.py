import pytest
import torch
from omegaconf import OmegaConf

from pyg_symm.run import compose_config
from pyg_symm.run.build import build_model, deferred, try_parts


class Sets:
    def describe(self):
        return {"num_bits": 5, "label_bits": 3}


def test_a_partial_model_is_told_its_sizes():
    model = build_model(compose_config("train", ["aggr=sum", "hidden_channels=8"]).model, Sets())
    out = model(torch.tensor([[3], [31]]), torch.tensor([0, 0]))
    assert out.shape == (1, 3)


def test_data_of_another_kind_are_named():
    class Molecules:
        def describe(self):
            return {"statistics": None, "vocabulary": None}

    cfg = compose_config("train", ["aggr=sum"])
    with pytest.raises(ValueError, match=r"'model' is of another kind than 'data'.*'experiment'"):
        build_model(cfg.model, Molecules())


def test_a_whole_model_is_left_alone():
    cfg = OmegaConf.create({"_target_": "torch.nn.Linear", "in_features": 2, "out_features": 3})
    assert build_model(cfg, Sets()).out_features == 3


def test_a_deferred_part_is_built_anew_at_every_call():
    make = deferred(OmegaConf.create({"_target_": "torch.nn.Linear", "_args_": [2, 3]}))
    assert make() is not make() and make().in_features == 2


def test_parts_of_a_network_on_sets_are_built_in_the_order_of_its_forward():
    """As they always were, so that a seed gives the same weights."""
    cfg = compose_config("train", ["aggr=lcm", "hidden_channels=8"])
    torch.manual_seed(0)
    model = build_model(cfg.model, Sets())
    torch.manual_seed(0)
    torch.testing.assert_close(model.encoder[0].weight.detach(), torch.randn(5, 8))
    keys = [key.partition(".")[0] for key in model.state_dict()]
    assert list(dict.fromkeys(keys)) == ["encoder", "aggr", "decoder"]


def test_parts_are_tried_without_drawing_random_numbers():
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    try_parts(compose_config("train", ["experiment=lcm/mutag", "trainer.accelerator=cpu"]))
    assert torch.equal(torch.rand(2), expected)
    try_parts(compose_config("train", ["experiment=lcm/pna_multitask"]))  # Sizes are not known.
    for override in ("aggr.op=no_such", "trainer.precision=64-mixed"):
        cfg = compose_config("train", ["experiment=lcm/mutag", "aggr=lcm", override])
        with pytest.raises(Exception, match="no_such|64-mixed"):
            try_parts(cfg)


def test_settings_that_a_chosen_part_does_not_take_are_named():
    words = ["experiment=spen/tu", "scheduler=cosine"]
    with pytest.raises(
        ValueError,
        match=r"'scheduler' .* CosineAnnealingLR does not take: \['step_size', 'gamma'\]; "
        r"'~scheduler\.step_size' '~scheduler\.gamma' removes",
    ):
        try_parts(compose_config("train", words))
    try_parts(compose_config("train", [*words, "~scheduler.step_size", "~scheduler.gamma"]))
    with pytest.raises(ValueError, match=r"'model' has settings that AggregatorGIN does not take"):
        try_parts(compose_config("train", ["experiment=lcm/mutag", "+model.num_hops=2"]))
