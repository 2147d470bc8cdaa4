"""Tables of ``hamming.py``."""

import math
from typing import Any

import numpy as np
from hamming_peers import EXACT, METHODS, drawn

from pyg_symm.strings import hamming_plan

Row = dict[str, Any]


def exponent(sizes: list[int], values: list[float]) -> str:
    """A slope of logarithms, with the 95 % interval of 1,000 bootstrap samples of its residuals."""
    if len(sizes) < 3:
        return ""
    x, y = np.log(sizes), np.log(values)
    slope, start = np.polyfit(x, y, 1)
    residuals = y - slope * x - start
    # Residuals of a fit are too small by the parameters that it has.
    residuals *= math.sqrt(len(x) / (len(x) - 2))
    random = np.random.RandomState(0)
    slopes = [
        np.polyfit(x, y - residuals + random.choice(residuals, len(x)), 1)[0] for _ in range(1000)
    ]
    low, high = np.percentile(slopes, [2.5, 97.5])
    return f"{slope:.2f} ({low:.2f} to {high:.2f})"


def _cases(rows: list[Row]) -> dict[tuple[Any, ...], dict[str, Row]]:
    """Rows of each case, by method."""
    found: dict[tuple[Any, ...], dict[str, Row]] = {}
    for row in rows:
        case = (row["n"], row["m"], row["letters"], row["kind"])
        found.setdefault(case, {})[row["method"]] = row
    return found


def _against_best(case: dict[str, Row]) -> float:
    return case["auto"]["seconds"] / min(case[m]["seconds"] for m in EXACT if m in case)


def grid_table(rows: list[Row]) -> str:
    """Milliseconds and megabytes, and how far `auto` is from the best exact method."""
    head = ["n", "m", "letters", *METHODS]
    times = [[*head, "auto chose", "auto / best", "numpy / auto"]]
    memory = [head]
    for (n, m, letters, kind), case in _cases(rows).items():
        size = [f"{n:,}", f"{m:,}", f"{letters:,}"]
        cells = [f"{1e3 * case[x]['seconds']:.3g}" if x in case else "" for x in METHODS]
        plan = hamming_plan(*drawn(n, m, letters, kind)).method
        auto, numpy = (case.get(x, {}).get("seconds", math.nan) for x in ("auto", "numpy, brute"))
        times.append([*size, *cells, plan, f"{_against_best(case):.2f}", f"{numpy / auto:.1f}"])
        megabytes = [case.get(x, {}).get("megabytes") for x in METHODS]
        memory.append([*size, *("" if x is None else f"{x:.0f}" for x in megabytes)])
    return "Milliseconds\n\n" + _table(times) + "\n\nMegabytes\n\n" + _table(memory)


def growth_table(rows: list[Row]) -> str:
    """Exponents of operations and time in the pattern and in the text."""
    head = ["operations in m", "time in m", "upper half", "operations in n", "time in n"]
    lines = [["letters", "method", *head]]
    families = dict.fromkeys(row["part"].split(", ")[0] for row in rows)
    for family in families:
        for method in [*EXACT, "auto"]:
            mine = [row for row in rows if row["method"] == method]
            by_m, by_n = ([r for r in mine if r["part"] == f"{family}, {x}"] for x in "mn")
            if not by_m:
                continue
            cells = [_slope(by_m, "m", "operations"), _slope(by_m, "m", "seconds")]
            cells.append(_slope(by_m[len(by_m) // 2 :], "m", "seconds"))
            cells += [_slope(by_n, "n", key) for key in ("operations", "seconds")]
            lines.append([family, method, *cells])
    return _table(lines)


def _slope(rows: list[Row], size: str, key: str) -> str:
    return exponent([row[size] for row in rows], [row[key] for row in rows])


def wide_lines(rows: list[Row]) -> str:
    """How far `auto` is from the best exact method over many cases."""
    ratios = {case: _against_best(found) for case, found in _cases(rows).items()}
    values = np.array(list(ratios.values()))
    worst = sorted(ratios, key=lambda case: -ratios[case])[:5]
    lines = [
        f"{len(values)} cases, auto / best: median {np.median(values):.2f}, 95 % below "
        f"{np.percentile(values, 95):.2f}, most {values.max():.2f}"
    ]
    lines += [f"- {case}: {ratios[case]:.2f}" for case in worst]
    return "\n".join(lines)


def sketch_table(errors: dict[str, float]) -> str:
    """Standard deviations of estimates beside what independent letters would give."""
    numbers = [int(key) for key in errors if key != "distance"]
    lines = [["sketches", "standard deviation", "predicted"]]
    for num in numbers:
        predicted = math.sqrt(errors["distance"] / num)
        lines.append([f"{num}", f"{errors[str(num)]:.2f}", f"{predicted:.2f}"])
    slope = exponent(numbers, [errors[str(num)] for num in numbers])
    return _table(lines) + f"\n\nexponent {slope}"


def _table(lines: list[list[str]]) -> str:
    head, *body = ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join([head, "| --- " * len(lines[0]) + "|", *body])
