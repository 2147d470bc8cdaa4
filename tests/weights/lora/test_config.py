import math
import re

import pytest

from pyg_symm.weights.lora.config import check_config, config_of, options_of, scaling_of

PLAIN = {"peft_type": "LORA", "r": 8, "lora_alpha": 16, "bias": "none", "init_lora_weights": True}


def test_plain_lora_is_accepted():
    check_config(PLAIN)
    check_config(
        {**PLAIN, "init_lora_weights": "gaussian", "lora_dropout": 0.1, "modules_to_save": []}
    )


@pytest.mark.parametrize(
    "option, value",
    [
        ("peft_type", "IA3"),
        ("peft_type", None),
        ("use_dora", True),
        ("lora_bias", True),
        ("bias", "all"),
        ("modules_to_save", ["classifier"]),
        ("target_parameters", ["experts.gate"]),
        ("trainable_token_indices", [1, 2]),
        ("layer_replication", [[0, 4], [2, 5]]),
        ("alora_invocation_tokens", [5]),
        ("use_qalora", True),
        ("init_lora_weights", "pissa_niter_16"),
        ("init_lora_weights", "olora"),
        ("kasa_config", {"beta": 1}),
        ("base_model_name_or_path", ["llama"]),
        ("an_option_of_the_future", True),
    ],
)
def test_other_adapters_are_refused_by_option_and_value(option, value):
    with pytest.raises(ValueError, match=f"'{option}'.*{re.escape(repr(value))}"):
        check_config({**PLAIN, option: value})


@pytest.mark.parametrize(
    "config, rank, scaling",
    [
        ({"r": 8, "lora_alpha": 16}, 8, 2.0),
        ({"r": 4, "lora_alpha": 16, "use_rslora": True}, 4, 8.0),
        ({"r": 8, "lora_alpha": 16, "rank_pattern": {"q_proj": 2}}, 2, 8.0),
        ({"r": 8, "lora_alpha": 16, "rank_pattern": {"^layers.0.q_proj": 2}}, 2, 8.0),
        ({"r": 8, "lora_alpha": 16, "alpha_pattern": {r"layers\.\d+\.q_proj": 4}}, 8, 0.5),
        ({"r": 8, "lora_alpha": 16, "rank_pattern": {"k_proj": 2, "^q_proj": 2}}, 8, 2.0),
        ({}, 8, 1.0),
    ],
)
def test_scalings(config, rank, scaling):
    assert scaling_of(config, "layers.0.q_proj", rank) == scaling


def test_the_rank_of_the_config_is_that_of_the_factors():
    with pytest.raises(ValueError, match=r"'q_proj' must have rank 8 \(got 4\)"):
        scaling_of(PLAIN, "q_proj", 4)


@pytest.mark.parametrize("value", [True, None, "16"])
def test_alphas_are_numbers(value):
    with pytest.raises(ValueError, match=f"'lora_alpha' of 'q' must be a number .*{value!r}"):
        scaling_of({**PLAIN, "lora_alpha": value}, "q", 8)


def test_wrong_patterns_are_named():
    with pytest.raises(ValueError, match=r"'rank_pattern' must be a dictionary .*\['q'\]"):
        scaling_of({**PLAIN, "rank_pattern": ["q"]}, "q", 8)
    with pytest.raises(ValueError, match=r"'alpha_pattern' has a wrong expression '\('"):
        scaling_of({**PLAIN, "alpha_pattern": {"(": 2}}, "q", 8)


def test_written_scalings_are_read_again():
    ranks = {"a.q": 4, "b.a.q": 4, "c+": 3, "d": 4}
    scalings = {"a.q": 1.0, "b.a.q": 16 / math.sqrt(6), "c+": -0.3, "d": 1.0}
    config = config_of(ranks, scalings, "base", {"task_type": "CAUSAL_LM"})
    check_config(config)
    assert (
        config["r"] == 4 and config["lora_alpha"] == 4 and list(config["rank_pattern"]) == [r"^c\+"]
    )
    for name, scaling in scalings.items():
        assert abs(scaling_of(config, name, ranks[name]) / scaling - 1) < 1e-15
    assert options_of(config) == {"task_type": "CAUSAL_LM"}


def test_usual_scalings_are_read_again_to_the_last_bit():
    for rank in range(1, 65):
        for alpha in (1, 8, 12, 16, 32, 100):
            for scaling in (alpha / rank, alpha / math.sqrt(rank)):
                config = config_of({"q": rank}, {"q": scaling}, None, {})
                assert scaling_of(config, "q", rank) == scaling
