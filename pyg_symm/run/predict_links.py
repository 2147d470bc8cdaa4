"""The best answers of a saved model to a question about a knowledge graph."""

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from pyg_symm.metrics.ranking import KnownTriples
from pyg_symm.metrics.ranking.function import all_scores
from pyg_symm.utils import markdown_table

from .load import load_run
from .quiet import quiet

Name = str | int


def predict_links(
    run: str | Path,
    relation: Name,
    head: Name | None = None,
    tail: Name | None = None,
    num: int = 10,
    drop_known: bool = True,
) -> dict[str, Any]:
    r"""Ranks the tails of a head and a relation, or the heads of a relation and a tail.

    Args:
        run (str or Path): The folder of a run of ``experiment=nfe/...``, or a checkpoint in it. The
            weights are those of the best validation.
        relation (str or int): The name of the relation, or its number.
        head (str or int, optional): The name of the head, or its number, to find tails.
        tail (str or int, optional): The name of the tail, or its number, to find heads.
        num (int, optional): How many answers to give. (default: :obj:`10`)
        drop_known (bool, optional): Whether to leave out answers that are triples of the data.
            (default: :obj:`True`)

    Returns:
        dict: ``"links"``, a list of heads, relations, tails, scores and whether they are known, and
        ``"table"``, the same as text.

    Raises:
        FileNotFoundError: If there is no checkpoint, config or data file.
        ValueError: If not exactly one of :obj:`head` and :obj:`tail` is given, the run is of
            another task, or there is no such name.
    """
    if (head is None) == (tail is None):
        raise ValueError(f"'head' or 'tail' must be given, not both (got {head!r} and {tail!r})")
    if num < 1:
        raise ValueError(f"'num' must be positive (got {num})")
    quiet()
    task, data = load_run(run, best=True)
    graph = getattr(data, "graph", None)
    if graph is None:
        raise ValueError(f"'run' must be of link prediction (got '{run}')")
    side = "tail" if tail is None else "head"
    given_name, role = (head, "head") if tail is None else (tail, "tail")
    rel = torch.tensor([_number(graph.relations, relation, "relation")])
    given = torch.tensor([_number(graph.entities, given_name, role)])
    model: Any = task.model
    with torch.no_grad():
        scores = all_scores(model, side, given, rel, given)[0]
    known = KnownTriples(graph.known, graph.num_nodes, graph.num_relations)
    true = torch.zeros_like(scores, dtype=torch.bool)
    true[known.others(side, given, rel, torch.tensor([-1]))[1]] = True
    order = scores.nan_to_num(nan=-torch.inf).argsort(descending=True, stable=True)
    order = order[~true[order]] if drop_known else order
    links = []
    for node in order[:num].tolist():
        ends = (int(given), node) if side == "tail" else (node, int(given))
        links.append(
            {
                "head": graph.entities[ends[0]],
                "relation": graph.relations[int(rel)],
                "tail": graph.entities[ends[1]],
                "score": float(scores[node]),
                "known": bool(true[node]),
            }
        )
    return {"links": links, "table": _table(links)}


def _number(names: Sequence[str], wanted: Name | None, role: str) -> int:
    """The number of a name, or the number itself."""
    text = str(wanted)
    if text in names:
        return names.index(text)
    if text.isdigit() and int(text) < len(names):
        return int(text)
    close = difflib.get_close_matches(text, names, n=3)
    hint = f"; did you mean one of {close}?" if close else ""
    raise ValueError(f"'{role}' must be a name of the data, or a number (got {text!r}){hint}")


def _table(links: list[dict[str, Any]]) -> str:
    rows = [["head", "relation", "tail", "score", "known"]]
    for link in links:
        names = [link[name] for name in ("head", "relation", "tail")]
        rows.append([*names, f"{link['score']:.3f}", "yes" if link["known"] else ""])
    return markdown_table(rows)
