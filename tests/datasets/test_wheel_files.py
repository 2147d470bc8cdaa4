import os.path as osp

import torch
from torch_geometric.data import Data

from pyg_symm.datasets.processed import ProcessedInMemoryDataset
from pyg_symm.datasets.wheel_files import WheelDataset


class Files:
    """A wheel of one file that counts how often it is fetched."""

    file_names = ["sizes.txt"]

    def __init__(self):
        self.fetched = []

    def fetch(self, folder):
        self.fetched.append(folder)
        with open(osp.join(folder, "sizes.txt"), "w") as file:
            file.write("2 3")


class Empty(WheelDataset, ProcessedInMemoryDataset):
    wheel = Files()
    processed_file_names = "data.pt"

    def __init__(self, root, **kwargs):
        super().__init__(root, **kwargs)
        self.load(self.processed_paths[0])

    def process(self):
        with open(self.raw_paths[0]) as file:
            graphs = [Data(y=torch.tensor([int(size)])) for size in file.read().split()]
        self.store(graphs, self.processed_paths[0])


def test_files_are_fetched_and_checked_before_they_are_processed(tmp_path):
    first = Empty(tmp_path)
    assert [int(data.y) for data in first] == [2, 3]
    assert first.raw_file_names == ["sizes.txt"] and first.has_download
    fetched = Empty.wheel.fetched
    assert fetched == [first.raw_dir] * 2  # To download, and to compare before processing.
    Empty(tmp_path)
    assert len(fetched) == 2
    with open(first.raw_paths[0], "w") as file:
        file.write("9")
    again = Empty(tmp_path, force_reload=True)
    assert [int(data.y) for data in again] == [2, 3] and len(fetched) == 3
