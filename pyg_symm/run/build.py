"""Objects out of configs."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

import torch
from hydra.utils import get_class, instantiate
from omegaconf import DictConfig

from pyg_symm.generation import model_limits


def build_model(cfg: DictConfig, data: Any) -> torch.nn.Module:
    """Builds a model; if its config is ``_partial_``, the data give it its sizes.

    Args:
        cfg (DictConfig): The config of the model.
        data (LightningDataModule): The data module.

    Raises:
        ValueError: If the model is of another kind than the data.
    """
    model = instantiate(cfg)
    if not isinstance(model, functools.partial):
        return model
    sizes = data.describe()
    _check_kind(model, sizes)
    return model(**sizes)


def _check_kind(model: functools.partial, sizes: dict[str, Any]) -> None:
    """Refuses data that give a model sizes that it does not have."""
    parameters = inspect.signature(model).parameters
    if any(item.kind is item.VAR_KEYWORD for item in parameters.values()):
        return
    if unknown := [name for name in sizes if name not in parameters]:
        raise ValueError(
            f"'model' is of another kind than 'data', which has {unknown}; choose both, or an "
            "'experiment' that does, such as experiment=pard/nci for molecules"
        )


def _check_taken(name: str, part: Any) -> None:
    """Refuses settings of an experiment that the chosen part does not have."""
    if not isinstance(part, functools.partial):
        return
    parameters = inspect.signature(part.func).parameters
    if any(item.kind is item.VAR_KEYWORD for item in parameters.values()):
        return
    if unknown := [key for key in part.keywords if key not in parameters]:
        raise ValueError(
            f"'{name}' has settings that {part.func.__qualname__} does not take: {unknown}; "
            + " ".join(f"'~{name}.{key}'" for key in unknown)
            + " removes what the experiment sets"
        )


def deferred(config: DictConfig) -> Callable[[], Any]:
    """Builds a part when its owner asks for it, so that the owner decides the order.

    Args:
        config (DictConfig): The config of the part.
    """
    return lambda: instantiate(config)


def try_parts(cfg: DictConfig) -> None:
    """Builds what does not need data, so that wrong settings show before data are made.

    Random numbers are left as they are.
    """
    with torch.random.fork_rng(devices=[]):
        model = instantiate(cfg.model)
        parts = [torch.nn.Parameter(torch.zeros(1))]
        scheduler, make_optimizer = instantiate(cfg.scheduler), instantiate(cfg.optimizer)
        for name, part in (
            ("model", model),
            ("scheduler", scheduler),
            ("optimizer", make_optimizer),
        ):
            _check_taken(name, part)
        optimizer = make_optimizer(parts)
        if scheduler is not None:
            scheduler(optimizer)
        example = getattr(get_class(cfg.data._target_), "example_sizes", None)
        if "path" in cfg.model:  # A saved model wants data of its own classes.
            model_limits(cfg.model.path)
        elif isinstance(model, functools.partial) and example is not None and example():
            _check_kind(model, example())
            model(**example())
        instantiate(cfg.trainer, logger=False, callbacks=[], enable_checkpointing=False)
