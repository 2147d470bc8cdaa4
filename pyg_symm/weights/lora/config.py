"""What the config of an adapter says about its factors, and what it must not say."""

import math
import re
from collections.abc import Mapping
from typing import Any

# Options that decide which modules were adapted or how they were trained: factors tell the rest.
_HARMLESS = {
    "alpha_pattern",
    "auto_mapping",
    "base_model_name_or_path",
    "bias",
    "corda_config",
    "eva_config",
    "exclude_modules",
    "fan_in_fan_out",
    "inference_mode",
    "init_lora_weights",
    "layers_pattern",
    "layers_to_transform",
    "loftq_config",
    "lora_alpha",
    "lora_dropout",
    "megatron_config",
    "megatron_core",
    "peft_type",
    "peft_version",
    "qalora_group_size",
    "r",
    "rank_pattern",
    "revision",
    "runtime_config",
    "target_modules",
    "task_type",
    "use_rslora",
    "velora_config",
}
# Options under which the update of a weight is more than s B A.
_REFUSED = {
    "use_dora": "DoRA also learns magnitudes",
    "lora_bias": "biases of lora_B belong to no weight",
    "modules_to_save": "whole modules that were trained cannot be merged in factors",
    "trainable_token_indices": "rows of embeddings that were trained cannot be merged in factors",
    "target_parameters": "parameters that are not modules are not supported",
    "layer_replication": "layers that are copied have no weight of their own",
    "alora_invocation_tokens": "aLoRA acts on some tokens only",
    "use_qalora": "QALoRA pools its input",
}
_INITIALISATIONS = {"gaussian", "eva", "orthogonal"}  # Those that leave the base model as it is.
_KEPT = ("fan_in_fan_out", "revision", "task_type")  # Written again with a merged adapter.


def check_config(config: Mapping[str, Any]) -> None:
    r"""Refuses adapters whose update is not :math:`s \, B A` on top of the base model.

    Raises:
        ValueError: If the adapter is not plain LoRA; the message names the option.
    """
    if config.get("peft_type") != "LORA":
        raise ValueError(f"'peft_type' must be 'LORA' (got {config.get('peft_type')!r})")
    for option, reason in _REFUSED.items():
        if config.get(option):
            raise ValueError(f"'{option}' is not supported: {reason} (got {config[option]!r})")
    base = config.get("base_model_name_or_path")
    if base is not None and not isinstance(base, str):
        raise ValueError(f"'base_model_name_or_path' must be a name (got {base!r})")
    if config.get("bias", "none") != "none":
        raise ValueError(
            f"'bias' must be 'none': biases cannot be merged in factors (got {config['bias']!r})"
        )
    start = config.get("init_lora_weights", True)
    if isinstance(start, str) and start not in _INITIALISATIONS:
        raise ValueError(
            f"'init_lora_weights' {start!r} changes the base model; convert the adapter to plain "
            "LoRA, in peft by save_pretrained(path_initial_model_for_weight_conversion=...)"
        )
    for option, value in config.items():
        if value and option not in _HARMLESS:
            raise ValueError(f"'{option}' is not supported (got {value!r})")


def scaling_of(config: Mapping[str, Any], name: str, rank: int) -> float:
    r"""A module's factor :math:`\alpha / r`, or :math:`\alpha / \sqrt{r}` with ``use_rslora``.

    Args:
        config (Mapping): With ``r``, ``lora_alpha`` and patterns for modules whose values differ.
        name (str): The module.
        rank (int): The rank of its factors.

    Raises:
        ValueError: If the config gives the module another rank.
    """
    expected = _of_module(config, "rank_pattern", "r", name)
    if expected != rank:
        raise ValueError(f"factors of '{name}' must have rank {expected} (got {rank})")
    alpha = _of_module(config, "alpha_pattern", "lora_alpha", name)
    return alpha / (math.sqrt(rank) if config.get("use_rslora") else rank)


def options_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """The options that an adapter keeps."""
    return {key: config[key] for key in _KEPT if config.get(key)}


def config_of(
    ranks: Mapping[str, int],
    scalings: Mapping[str, float],
    base_model: str | None,
    options: Mapping[str, Any],
) -> dict[str, Any]:
    r"""A config under which modules have these ranks and scalings.

    Ranks and alphas that differ from the most common ones are given by the full names of modules.
    """
    plain, rooted = (
        {name: _alpha(scalings[name], size(rank)) for name, rank in ranks.items()}
        for size in (float, math.sqrt)
    )
    # Numbers are rounded, so that only one form may give the scalings to the last bit.
    use_rslora = any(plain[n] / r != scalings[n] for n, r in ranks.items()) and all(
        rooted[n] / math.sqrt(r) == scalings[n] for n, r in ranks.items()
    )
    alphas = rooted if use_rslora else plain
    rank, alpha = _most_common(ranks), _most_common(alphas)
    return {
        "peft_type": "LORA",
        "base_model_name_or_path": base_model,
        "r": rank,
        "lora_alpha": alpha,
        "target_modules": sorted(ranks),
        "rank_pattern": {_exactly(n): r for n, r in sorted(ranks.items()) if r != rank},
        "alpha_pattern": {_exactly(n): a for n, a in sorted(alphas.items()) if a != alpha},
        "use_rslora": use_rslora,
        "use_dora": False,
        "bias": "none",
        "lora_dropout": 0.0,
        "inference_mode": True,
        **options,
    }


def _of_module(config: Mapping[str, Any], pattern: str, default: str, name: str) -> float:
    """The value of the first pattern that matches a name, by peft's rule."""
    value, patterns = config.get(default, 8), config.get(pattern) or {}
    if not isinstance(patterns, Mapping):
        raise ValueError(f"'{pattern}' must be a dictionary (got {patterns!r})")
    for key, other in patterns.items():
        try:
            found = re.match(rf"(.*\.)?({key})$", name)
        except re.error as error:
            raise ValueError(f"'{pattern}' has a wrong expression {key!r} ({error})") from error
        if found:
            value = other
            break
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"'{default}' of '{name}' must be a number (got {value!r})")
    return value


def _alpha(scaling: float, size: float) -> int | float:
    """The number that gives the scaling when it is divided by a size, to the last bit if any."""
    near = scaling * size
    tries = (near, math.nextafter(near, math.inf), math.nextafter(near, -math.inf))
    alpha = next((value for value in tries if value / size == scaling), near)
    return int(alpha) if alpha == int(alpha) else alpha


def _most_common(values: Mapping[str, Any]) -> Any:
    found = list(values.values())
    return max(sorted(set(found)), key=found.count)


def _exactly(name: str) -> str:
    return "^" + re.escape(name)
