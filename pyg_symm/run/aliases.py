"""Names of configs that older commands use."""

from collections.abc import Sequence

_SETS = {
    "mutag": "MUTAG",
    "proteins": "PROTEINS",
    "ptc": "PTC",
    "nci1": "NCI1",
    "nci109": "NCI109",
    "enzymes": "ENZYMES",
    "imdb_b": "IMDB-BINARY",
    "imdb_m": "IMDB-MULTI",
}
_FAMILIES = {"community": 3, "grid": 1, "planar": 1, "sbm": 1, "tree": 1}


def current_names(overrides: Sequence[str]) -> list[str]:
    r"""Replaces names of earlier versions, one config for each data set, by those of today.

    Args:
        overrides (list): Overrides as on the command line.

    Examples:
        >>> current_names(["experiment=gin/ptc,spen/ptc", "data.fold=3"])
        ['experiment=gin/tu,spen/tu', 'data.name=PTC', 'data.fold=3']
        >>> current_names(["suite=spen/imdb_b"])
        ['suite=spen/social', 'suite.data=IMDB-BINARY']
        >>> current_names(["data=grid"])
        ['data=generic', 'data.name=grid', 'data.max_hops=1']
    """
    return [new for override in overrides for new in _current(override)]


def _current(override: str) -> list[str]:
    key, _, value = override.partition("=")
    if key == "data" and value.startswith("tu/") and value[3:] in _SETS:
        return ["data=tu", f"data.name={_SETS[value[3:]]}"]
    if key == "data" and value in _FAMILIES:
        return ["data=generic", f"data.name={value}", f"data.max_hops={_FAMILIES[value]}"]
    if key == "data_limit":
        return [f"data.limit={value}"]
    if key not in ("experiment", "suite"):
        return [override]
    pairs = [name.split("/") for name in value.split(",")]
    sets = {pair[-1] for pair in pairs}
    if len(sets) != 1 or not sets <= _SETS.keys() or not _old(pairs):
        return [override]
    name = sets.pop()
    systems = [f"{system}/{_kind(key, system, name)}" for system, _ in pairs]
    setting = "suite.data" if key == "suite" else "data.name"
    return [f"{key}={','.join(systems)}", f"{setting}={_SETS[name]}"]


def _old(pairs: list[list[str]]) -> bool:
    return all(len(pair) == 2 and pair[0] in ("gin", "ppgn", "spen") for pair in pairs)


def _kind(key: str, system: str, name: str) -> str:
    social = name.startswith("imdb") and not (key == "experiment" and system == "ppgn")
    return "social" if social else "tu"
