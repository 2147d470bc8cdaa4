"""From files of adapters to the files of one."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from pyg_symm.utils.files import write_json

from .draw import draw_report
from .files import load_adapter, save_adapter
from .merge import merge_adapters
from .report import MergeReport


def merge_files(
    adapters: Sequence[str | os.PathLike],
    out: str | os.PathLike,
    *,
    method: str = "lego",
    rank: int | float | None = None,
    weights: Sequence[float] | None = None,
    options: Mapping[str, Any] | None = None,
    base_model: str | None = None,
) -> dict[str, Any]:
    r"""Merges adapters that peft has saved, and writes one that peft can load, with a report.

    ``out`` receives ``adapter/``, the merged adapter; ``report.json``, with the units of every
    cluster; and ``report.png``, what each module has kept.

    Args:
        adapters (sequence): Folders of adapters.
        out (str or Path): The folder of the results.
        method (str, optional): As in :func:`~pyg_symm.weights.merge_adapters`.
            (default: :obj:`"lego"`)
        rank (int or float, optional): The rank, or a share of energy, for methods that take one.
        weights (sequence, optional): A factor for each adapter; ones if not given.
        options (dict, optional): Further arguments of the method.
        base_model (str, optional): The name of the base model to write. With it, the names in the
            files may differ.

    Returns:
        dict: Means over modules, and a ``"table"`` of all modules.

    Raises:
        ValueError: If an adapter cannot be merged; the message names the tensor or module.
    """
    if isinstance(adapters, str | os.PathLike):
        raise ValueError(f"'adapters' must be a list of folders (got '{adapters}')")
    loaded = [load_adapter(path) for path in adapters]
    if base_model is not None:
        for adapter in loaded:
            adapter.base_model = base_model
    chosen = dict(options or {}) if rank is None else {"rank": rank, **(options or {})}
    merged = merge_adapters(loaded, method, weights=weights, **chosen)
    report = merged.report or MergeReport()
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    save_adapter(merged, folder / "adapter")
    write_json(folder / "report.json", report.to_dict())
    draw_report(folder / "report.png", report, title=f"{method}, {len(loaded)} adapters")
    entries = report.values()
    return {
        "modules": len(report),
        "units": sum(sum(entry.ranks) for entry in entries),
        "ranks": sorted({entry.rank for entry in entries}),
        "captured_energy": mean(entry.captured_energy for entry in entries),
        "relative_error": mean(entry.relative_error for entry in entries),
        "adapter": str(folder / "adapter"),
        "table": report.table(),
    }
