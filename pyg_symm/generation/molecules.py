"""Samples that are molecules: which are valid, and what is written of each."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch_geometric.data import Data

from pyg_symm.chem import MoleculeVocabulary, judge, to_smiles

from .pieces import main_piece

PIECES = ("largest", "all")


@dataclass(frozen=True)
class MoleculeSamples:
    r"""Molecules among samples, one entry a sample.

    Attributes:
        graphs: What is written of each sample: of a valid one its main piece or all pieces, of an
            invalid one the whole graph.
        smiles: The SMILES of each graph, :obj:`None` of invalid ones.
        shares: The shares of samples that are ``"valid"``, ``"unique"`` among these, in several
            pieces (``"fragmented"``), and ``"invalid"`` by cause.
    """

    graphs: list[Data]
    smiles: list[str | None]
    shares: dict[str, Any]

    @classmethod
    def of(
        cls, samples: Sequence[Data], vocabulary: MoleculeVocabulary, pieces: str = "largest"
    ) -> "MoleculeSamples":
        r"""Judges samples. A sample is valid if all of it is, whatever is written of it.

        Args:
            samples (Sequence[Data]): Samples, at least one.
            vocabulary (MoleculeVocabulary): The classes they are written in.
            pieces (str, optional): What to write of a sample in several pieces: the
                ``"largest"``, or with a given molecule the piece that contains it, see
                :func:`~pyg_symm.generation.main_piece`; or ``"all"``. (default:
                :obj:`"largest"`)

        Raises:
            ValueError: If there are no samples, or ``pieces`` is neither of both.

        Examples:
            >>> import torch
            >>> two = Data(x=torch.zeros(3, 1, dtype=torch.long), edge_attr=torch.tensor([1, 1]))
            >>> two.edge_index = torch.tensor([[0, 1], [1, 0]])
            >>> vocabulary = MoleculeVocabulary(["C"])
            >>> MoleculeSamples.of([two], vocabulary).smiles
            ['CC']
            >>> MoleculeSamples.of([two], vocabulary, "all").smiles
            ['C.CC']
        """
        if pieces not in PIECES:
            raise ValueError(f"'pieces' must be one of {list(PIECES)} (got {pieces!r})")
        if len(samples) == 0:
            raise ValueError("'samples' must not be empty (got [])")
        verdicts = [judge(data, vocabulary) for data in samples]
        graphs = list(samples)
        smiles = [verdict.smiles for verdict in verdicts]
        for i, verdict in enumerate(verdicts):
            if verdict.valid and verdict.num_fragments > 1:
                if pieces == "largest":
                    graphs[i] = main_piece(samples[i], lambda data: to_smiles(data, vocabulary))
                smiles[i] = to_smiles(graphs[i], vocabulary)
        valid = [text for text in smiles if text is not None]
        causes = Counter(verdict.cause for verdict in verdicts if verdict.cause is not None)
        shares = {
            "valid": len(valid) / len(samples),
            "unique": len(set(valid)) / max(len(valid), 1),
            "fragmented": sum(v.num_fragments > 1 for v in verdicts) / len(samples),
            "invalid": {cause: count / len(samples) for cause, count in sorted(causes.items())},
        }
        return cls(graphs, smiles, shares)
