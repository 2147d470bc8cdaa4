import pytest

from pyg_symm.generation import PARD
from pyg_symm.generation.sanity import check_config


def test_settings_of_real_models_pass(make, variant):
    model = make(**variant)
    check_config(model.config, model.state_dict())
    for name in ("qm9", "moses"):
        bundled = PARD.from_pretrained(name)
        check_config(bundled.config, bundled.state_dict())


def test_sizes_are_compared_with_the_weights(make):
    model = make()
    wide = make(network={"hidden_channels": 4096})
    check_config(wide.config, wide.state_dict())
    with pytest.raises(ValueError, match=r"'network.hidden_channels' must be in 0..\d+ .got 4096"):
        check_config(wide.config, model.state_dict())
