"""Samples in files, in the format that the ending names."""

from collections.abc import Callable, Sequence
from pathlib import Path

from torch_geometric.data import Data

from pyg_symm.chem import MoleculeVocabulary, draw_molecules, to_smiles, write_molecules
from pyg_symm.datasets.graph_files import ENDINGS, write_graphs
from pyg_symm.generation import MoleculeSamples
from pyg_symm.generation.scaffolds import draw_scaffolds
from pyg_symm.graphs.draw import draw_graphs
from pyg_symm.utils import whole_file

_PICTURES = (".png", ".svg")
_MOLECULES = (".smi", ".txt", ".csv", ".sdf", ".pt")


def sample_files(
    out: str | Sequence[str] | None, run_dir: str | Path, molecules: bool
) -> list[Path]:
    r"""The files to write.

    Args:
        out (str or Sequence of str, optional): Their names; SMILES or graphs, and a picture, if
            :obj:`None`.
        run_dir (str or Path): The folder that they are in, unless they are absolute.
        molecules (bool): Whether samples are molecules.

    Raises:
        ValueError: If an ending is not known.
    """
    if out is None:
        out = ["samples.smi" if molecules else "samples.pt", "samples.png"]
    files = [Path(run_dir) / name for name in ([out] if isinstance(out, str) else out)]
    known = (_MOLECULES if molecules else ENDINGS) + _PICTURES
    for file in files:
        if file.suffix.lower() not in known:
            raise ValueError(f"'out' must end in one of {list(known)} (got '{file.name}')")
        if file.is_dir():
            raise ValueError(f"'out' must be a file (got the folder '{file}')")
    return files


def write_graph_samples(file: Path, graphs: Sequence[Data]) -> None:
    """Writes graphs, or a picture of some."""
    write = draw_graphs if file.suffix.lower() in _PICTURES else write_graphs
    _whole(file, lambda part: write(part, graphs))


def write_molecule_samples(
    file: Path,
    samples: MoleculeSamples,
    vocabulary: MoleculeVocabulary,
    scaffolds: Sequence[Data] = (),
    pictures: int = 30,
) -> None:
    r"""Writes molecules, or a picture of some.

    Files of SMILES have a line for every sample, also for invalid ones, which no reader accepts, so
    that an evaluation counts them. Structures are those of valid samples.

    Args:
        file (Path): The file.
        samples (MoleculeSamples): The molecules.
        vocabulary (MoleculeVocabulary): The classes they are written in.
        scaffolds (Sequence[Data], optional): The molecules that were extended. (default: none)
        pictures (int, optional): The maximum number of molecules in a picture.
            (default: :obj:`30`)
    """
    ending = file.suffix.lower()
    if ending in _PICTURES:
        valid = [text for text in samples.smiles if text is not None]
        title = f"The first {len(valid[:pictures])} of {len(valid)} valid samples"
        if scaffolds:
            _whole(file, lambda part: draw_scaffolds(part, scaffolds, samples.smiles, pictures))
        elif valid:
            _whole(file, lambda part: draw_molecules(part, valid[:pictures], title=title))
    elif ending in (".sdf", ".pt"):
        write_molecules(str(file), samples.graphs, vocabulary)
    else:
        lines = ["SMILES"] if ending == ".csv" else []
        for data, text in zip(samples.graphs, samples.smiles, strict=True):
            lines.append(text or str(to_smiles(data, vocabulary, sanitize=False)))
        _whole(file, lambda part: Path(part).write_text("\n".join(lines) + "\n"))


def _whole(file: Path, write: Callable[[str], object]) -> None:
    with whole_file(file, file.suffix) as part:
        write(part)
