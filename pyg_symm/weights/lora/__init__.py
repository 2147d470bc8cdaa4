"""LoRA adapters: files, units, and merges in factors."""

from .adapter import Adapter, Layout, LoraModule
from .files import load_adapter, save_adapter
from .report import MergeReport, ModuleReport

__all__ = [
    "Adapter",
    "Layout",
    "LoraModule",
    "MergeReport",
    "ModuleReport",
    "load_adapter",
    "save_adapter",
]
