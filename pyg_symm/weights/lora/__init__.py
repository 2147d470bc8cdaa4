"""LoRA adapters: files, units, and merges in factors."""

from .adapter import Adapter, Layout, LoraModule
from .elementwise import dare_merge, linear_merge, ties_merge
from .files import load_adapter, save_adapter
from .layers import adapter_of, add_lora, apply_adapter
from .lego import lego_merge
from .merge import merge_adapters
from .prune import prune_adapter
from .report import MergeReport, ModuleReport
from .spectral import concat_adapters, knots_merge, svd_merge

__all__ = [
    "Adapter",
    "Layout",
    "LoraModule",
    "MergeReport",
    "ModuleReport",
    "adapter_of",
    "add_lora",
    "apply_adapter",
    "concat_adapters",
    "dare_merge",
    "knots_merge",
    "lego_merge",
    "linear_merge",
    "load_adapter",
    "merge_adapters",
    "prune_adapter",
    "save_adapter",
    "svd_merge",
    "ties_merge",
]
