"""Knowledge graphs out of text files."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from .knowledge_graph import KnowledgeGraph
from .splits import SPLITS

_UNSEEN = ("error", "skip", "keep")
_STEMS = {"train": ["train"], "val": ["valid", "val", "validation", "dev"], "test": ["test"]}
_ENDINGS = (".txt", ".tsv", ".txt.gz", ".tsv.gz")
_ORDERS = ("hrt", "htr")

Names = dict[str, int]


def read_triples(
    folder: str | Path, unseen: str = "error", order: str | None = None, name: str | None = None
) -> KnowledgeGraph:
    r"""Reads a folder with the files ``train``, ``valid`` and ``test``.

    * ``train.txt`` has a triple of names on each line, separated by tabs. Entities and relations
      are numbered in the order of their sorted names.
    * ``train2id.txt`` has a triple of numbers on each line. ``entity2id.txt`` and
      ``relation2id.txt`` have a name and its number on each line. A first line with the number of
      lines, as OpenKE writes it, is skipped.

    Files may end in ``.txt`` or ``.tsv``, and be compressed as ``.gz``.

    Args:
        folder (str or Path): The folder.
        unseen (str, optional): What to do with triples of validation and test that have names
            of no training triple: ``"error"``, ``"skip"``, or ``"keep"``, which numbers these names
            after all others. Names with a number in ``entity2id`` are not unseen.
            (default: ``"error"``)
        order (str, optional): ``"hrt"``, or ``"htr"`` with the relation last, as in files of
            OpenKE. (default: ``"hrt"``; must be given for files of numbers with a first line)
        name (str, optional): What the graph is called. (default: the name of the folder)

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If a line is not a triple, a name is unseen, or a split is empty. The message
            names the file and the line.
    """
    if unseen not in _UNSEEN:
        raise ValueError(f"'unseen' must be one of {list(_UNSEEN)} (got {unseen!r})")
    if order is not None and order not in _ORDERS:
        raise ValueError(f"'order' must be one of {list(_ORDERS)} (got {order!r})")
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"'folder' must be a folder of triples (got '{folder}')")
    name = folder.name if name is None else name
    if _find(folder, ["train2id"]) is not None:
        return _read_numbers(folder, order, name)
    return _read_names(folder, unseen, order or "hrt", name)


def _read_names(folder: Path, unseen: str, order: str, name: str) -> KnowledgeGraph:
    lines = {split: list(_triples(_file(folder, split, ""), order)) for split in SPLITS}
    entities, relations = _vocabulary(lines["train"])
    skipped = {}
    for split in SPLITS[1:]:
        new = [line for line in lines[split] if not _is_known(line, entities, relations)]
        if new and unseen == "error":
            number, head, rel, tail = new[0]
            unknown = next((n for n in (head, tail) if n not in entities), rel)
            raise ValueError(
                f"'{_file(folder, split, '')}' has {len(new)} triples with names that are in no "
                f"training triple, first {unknown!r} in line {number}; choose unseen='skip' or "
                "unseen='keep'"
            )
        if unseen == "skip":
            lines[split] = [line for line in lines[split] if _is_known(line, entities, relations)]
            skipped[split] = len(new)
        else:
            for place, table in enumerate(_vocabulary(new)):
                known = (entities, relations)[place]
                for text in table:
                    known.setdefault(text, len(known))
    triples = {split: _numbers(lines[split], entities, relations) for split in SPLITS}
    graph = KnowledgeGraph(triples, list(entities), list(relations), name)
    graph.skipped = skipped
    return graph


def _read_numbers(folder: Path, order: str | None, name: str) -> KnowledgeGraph:
    tables = {}
    for role in ("entity", "relation"):
        file = _find(folder, [f"{role}2id"])
        if file is None:
            raise FileNotFoundError(f"'folder' must have '{role}2id.txt' (got '{folder}')")
        tables[role] = _table(file)
    triples = {}
    for split in SPLITS:
        file = _file(folder, split, "2id")
        header, rows = _rows(file)
        if header and order is None:
            raise ValueError(
                f"'order' must be given, since '{file}' begins with the number of its lines: "
                "'htr' for files of OpenKE, or 'hrt'"
            )
        parsed = [(n, *_ordered(words, order or "hrt")) for n, words in rows]
        triples[split] = torch.tensor([_whole(file, *row) for row in parsed]).view(-1, 3).t()
    return KnowledgeGraph(triples, tables["entity"], tables["relation"], name)


def _find(folder: Path, stems: list[str]) -> Path | None:
    paths = [folder / (stem + ending) for stem in stems for ending in _ENDINGS]
    return next((path for path in paths if path.is_file()), None)


def _file(folder: Path, split: str, tail: str) -> Path:
    stems = [stem + tail for stem in _STEMS[split]]
    if (found := _find(folder, stems)) is None:
        raise FileNotFoundError(f"'folder' must have '{stems[0]}.txt' (got '{folder}')")
    return found


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    """Numbers and content of lines that are not empty."""
    reader = gzip.open if file.suffix == ".gz" else open
    # A mark of the byte order, as some editors write it, is no part of the first name.
    with reader(file, "rt", encoding="utf-8-sig") as stream:
        for number, line in enumerate(stream, 1):
            if line := line.rstrip("\r\n"):
                yield number, line


def _triples(file: Path, order: str) -> Iterator[tuple[int, str, str, str]]:
    for number, line in _lines(file):
        words = line.split("\t")
        if len(words) != 3:
            raise ValueError(
                f"'{file}' must have three names on each line, separated by tabs (got {line!r} in "
                f"line {number})"
            )
        yield (number, *_ordered(words, order))


def _rows(file: Path) -> tuple[bool, list[tuple[int, list[str]]]]:
    """Whether a first line has the number of lines, and the words of all others."""
    rows = [(number, line.split()) for number, line in _lines(file)]
    header = bool(rows) and len(rows[0][1]) == 1
    rows = rows[1:] if header else rows
    for number, words in rows:
        if len(words) != 3:
            line = " ".join(words)
            raise ValueError(
                f"'{file}' must have three numbers on each line (got {line!r} in line {number})"
            )
    return header, rows


def _ordered(words: list[str], order: str) -> tuple[str, str, str]:
    first, second, third = words
    return (first, second, third) if order == "hrt" else (first, third, second)


def _whole(file: Path, number: int, *words: str) -> list[int]:
    try:
        return [int(word) for word in words]
    except ValueError:
        text = " ".join(words)
        raise ValueError(
            f"'{file}' must have whole numbers (got {text!r} in line {number})"
        ) from None


def _table(file: Path) -> list[str]:
    """Names by their numbers."""
    names: Names = {}
    for number, line in _lines(file):
        text, _, value = line.rpartition("\t") if "\t" in line else line.rpartition(" ")
        if not text and number == 1:  # The number of lines.
            continue
        if not text or not value.strip().isdigit():
            got = f"{line!r} in line {number}"
            raise ValueError(f"'{file}' must have a name and a number on each line (got {got})")
        names[text.strip()] = int(value)
    if sorted(names.values()) != list(range(len(names))):
        raise ValueError(
            f"'{file}' must number its names from 0 without gaps (got {len(names)} names)"
        )
    return sorted(names, key=names.__getitem__)


def _vocabulary(lines: list[tuple[int, str, str, str]]) -> tuple[Names, Names]:
    """Numbers of all entities and relations, in the order of their names."""
    entities = sorted({name for _, head, _, tail in lines for name in (head, tail)})
    relations = sorted({rel for _, _, rel, _ in lines})
    return {n: i for i, n in enumerate(entities)}, {n: i for i, n in enumerate(relations)}


def _is_known(line: tuple[int, str, str, str], entities: Names, relations: Names) -> bool:
    _, head, rel, tail = line
    return head in entities and tail in entities and rel in relations


def _numbers(lines: list[tuple[int, str, str, str]], entities: Names, relations: Names) -> Tensor:
    rows = [(entities[head], relations[rel], entities[tail]) for _, head, rel, tail in lines]
    return torch.tensor(rows, dtype=torch.long).view(-1, 3).t()
