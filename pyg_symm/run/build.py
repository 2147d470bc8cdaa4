"""Objects out of configs."""

import functools
from collections.abc import Callable
from typing import Any

import torch
from hydra.utils import instantiate
from omegaconf import DictConfig


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
