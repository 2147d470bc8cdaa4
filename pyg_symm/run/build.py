"""Objects out of configs."""

import functools
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
    """
    model = instantiate(cfg)
    return model(**data.describe()) if isinstance(model, functools.partial) else model


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
        scheduler = instantiate(cfg.scheduler)
        optimizer = instantiate(cfg.optimizer)(parts)
        if scheduler is not None:
            scheduler(optimizer)
        example = getattr(get_class(cfg.data._target_), "example_sizes", None)
        if "path" in cfg.model:  # A saved model wants data of its own classes.
            model_limits(cfg.model.path)
        elif isinstance(model, functools.partial) and example is not None and example():
            model(**example())
        instantiate(cfg.trainer, logger=False, callbacks=[], enable_checkpointing=False)
