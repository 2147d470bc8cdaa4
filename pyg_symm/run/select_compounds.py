"""Selection of good and different molecules out of a file."""

import csv
import os
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pyg_symm.chem import draw_molecules
from pyg_symm.chem.similarity import tanimoto
from pyg_symm.datasets import CompoundSubsets
from pyg_symm.datasets.compound_pool import read_compounds
from pyg_symm.utils import whole_file

from .load import load_run


def select_compounds(
    run: str | Path,
    path: str,
    k: int,
    out: str | os.PathLike,
    score: str | None = None,
    max_similarity: float = 0.4,
    seed: int = 0,
) -> dict[str, Any]:
    r"""Selects molecules of a file with a network that ``experiment=inset/compounds`` has trained.

    The network was trained on sets of some size. A larger file is shuffled into sets of that size,
    and the most probable third of each goes on to the next round, until ten times as many as wanted
    are left. Of these, the most probable are taken that are not too similar to one taken before; if
    there are too few, also others. The folder receives ``selected.csv`` and ``selected.png``.

    Args:
        run (str or Path): The folder of the training run, or a checkpoint in it.
        path (str): A file of SMILES, as of :func:`~pyg_symm.chem.read_smiles`.
        k (int): The number of molecules to select.
        out (str or Path): The folder of the results.
        score (str, optional): A property, one of :data:`~pyg_symm.chem.DESCRIPTORS`, or a column of
            numbers, to show beside the molecules. (default: that of the training run)
        max_similarity (float, optional): The largest Tanimoto similarity of two selected molecules.
            (default: :obj:`0.4`)
        seed (int, optional): The seed of the shuffling. (default: :obj:`0`)

    Returns:
        dict: ``smiles``, ``probabilities`` and ``scores`` of the selected molecules, the number of
        ``molecules`` and of lines that were ``refused``, and a ``table``.

    Raises:
        FileNotFoundError: If there is no checkpoint, config or data file.
        ValueError: If there are fewer molecules than ``k``, or the run selects no compounds.
    """
    task, data = load_run(run)
    if not isinstance(train := getattr(data, "dataset", None), CompoundSubsets):
        raise ValueError(f"'run' must have trained experiment=inset/compounds (got '{run}')")
    score = train.score if score is None else score
    pool = read_compounds(path, score)
    if not 0 < k <= len(pool.smiles):
        raise ValueError(
            f"'k' must be in 1..{len(pool.smiles)}, the molecules of '{path}' (got {k})"
        )
    x = torch.from_numpy(pool.bits).to(torch.get_default_dtype())
    model: Any = task.model
    last = min(len(x), max(10 * k, train.size))
    chosen, probability = tournament(model, x, last, train.size, seed)
    apart = different(tanimoto(pool.bits[chosen.numpy()]), k, max_similarity)
    chosen, probability = chosen[apart], probability[apart]
    rows = [
        (pool.smiles[i], float(p), float(pool.score[i]))
        for i, p in zip(chosen.tolist(), probability, strict=True)
    ]
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    with whole_file(folder / "selected.csv") as part, open(part, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([("smiles", "probability", score), *rows])
    captions = [f"{score} {value:.3g}" for *_, value in rows]
    draw_molecules(str(folder / "selected.png"), [s for s, *_ in rows], captions)
    lines = [f"| molecule | probability | {score} |", "| --- | --- | --- |"]
    lines += [f"| {smiles} | {p:.3f} | {value:.4g} |" for smiles, p, value in rows]
    smiles, probabilities, scores = map(list, zip(*rows, strict=True))
    return {
        "smiles": smiles,
        "probabilities": probabilities,
        "scores": scores,
        "molecules": len(pool.smiles),
        "refused": pool.refused,
        "table": "\n".join(lines),
    }


def different(similarity: np.ndarray, k: int, cutoff: float) -> list[int]:
    r"""The first molecules of a list that are not too similar to one before.

    Args:
        similarity (numpy.ndarray): Similarities :math:`(M, M)`, the best molecules first.
        k (int): How many to take. If there are too few, others follow, the best first.
        cutoff (float): The largest similarity.

    Examples:
        >>> different(np.array([[1.0, 0.9, 0.1], [0.9, 1.0, 0.2], [0.1, 0.2, 1.0]]), 2, 0.5)
        [0, 2]
    """
    taken: list[int] = []
    for i in range(len(similarity)):
        if len(taken) < k and (similarity[i, taken] <= cutoff).all():
            taken.append(i)
    others = [i for i in range(len(similarity)) if i not in taken]
    return taken + others[: k - len(taken)]


@torch.no_grad()
def tournament(model: Any, x: Tensor, k: int, size: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    r"""The elements that remain of a large set, the most probable first.

    Args:
        model (torch.nn.Module): A network such as :class:`~pyg_symm.nn.models.INSET`.
        x (torch.Tensor): Features :math:`(N, F)`.
        k (int): How many elements to select.
        size (int): The size of sets that the network was trained on.
        seed (int, optional): The seed of the shuffling. (default: :obj:`0`)

    Returns:
        tuple: Numbers of elements, and their probabilities in the last round :math:`(k)`.
    """
    generator = torch.Generator().manual_seed(seed)
    left = torch.arange(len(x))
    while len(left) > max(size, k):
        left = left[torch.randperm(len(left), generator=generator)]
        num = -(-len(left) // size)
        batch = torch.arange(num).repeat_interleave(size)[: len(left)]
        sizes = torch.bincount(batch, minlength=num)
        # As many of each set as keep `k` of all of them.
        share = max(1 / 3, k / len(left))
        keep = (sizes * share).ceil().long().clamp(max=sizes)
        if int(keep.sum()) >= len(left):
            break
        left = left[model.predict(x[left], batch, k=keep)]
    probability = model(x[left])
    best = probability.argsort(descending=True, stable=True)[:k]
    return left[best], probability[best]
