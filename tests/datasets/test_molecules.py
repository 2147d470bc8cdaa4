import pickle
from pathlib import Path

import pytest
import torch
from torch_geometric.data import Batch
from torch_geometric.loader import DataLoader

pytest.importorskip("rdkit")

from pyg_symm.chem import MoleculeVocabulary, from_smiles, nci_file, read_smiles, to_smiles
from pyg_symm.datasets import MoleculeDataset
from pyg_symm.transforms import StructuralOrder

VOCABULARY = MoleculeVocabulary.nci()


class Molecules(MoleculeDataset):
    def __init__(self, root, smiles, **kwargs):
        self.given = smiles
        super().__init__(root, VOCABULARY, **kwargs)

    def read(self):
        return enumerate(self.given)

    def read_source(self):
        return {"given": len(self.given)}


@pytest.fixture(scope="module")
def smiles():
    return read_smiles(nci_file())[:120]


@pytest.fixture
def dataset(tmp_path, smiles):
    return Molecules(str(tmp_path), smiles)


def test_graphs(dataset, smiles):
    """All that is stored is what conversion one by one gives."""
    assert str(dataset) == f"Molecules({len(dataset)})"
    assert len(dataset) + sum(dataset.refused.values()) == len(smiles)
    assert 100 < len(dataset) < 120
    assert dataset.source["given"] == 120 and "rdkit" in dataset.source
    order = StructuralOrder(max_hops=3)
    for i, row in enumerate(dataset.rows.tolist()):
        expected = order(from_smiles(smiles[row], VOCABULARY))
        assert dataset.smiles(i) == expected.smiles
        data = dataset[i]
        for key in ("x", "edge_index", "edge_attr", "block_id"):
            assert torch.equal(data[key], expected[key]) and data[key].dtype == torch.long
        assert data.num_blocks == expected.num_blocks and isinstance(data.num_blocks, int)
        assert data.is_coalesced() and data.edge_index.is_contiguous()
        assert to_smiles(data, VOCABULARY) == expected.smiles
    assert dataset.all_smiles() == [dataset.smiles(i) for i in range(len(dataset))]


def test_sizes(dataset):
    assert dataset.sizes.tolist() == [data.num_nodes for data in dataset]
    assert (2 * dataset.num_bonds).tolist() == [data.num_edges for data in dataset]
    assert dataset.num_blocks.tolist() == [data.num_blocks for data in dataset]


@pytest.mark.parametrize("index", [[5, 2, 2, 40], [0], slice(3, 30, 4), torch.tensor([9, 7])])
def test_batch(dataset, index):
    chosen = range(len(dataset))[index] if isinstance(index, slice) else index
    expected = Batch.from_data_list([dataset[int(i)] for i in chosen])
    batch = dataset.batch(index)
    assert set(batch.keys()) == set(expected.keys())
    for key in batch.keys():
        assert torch.equal(batch[key], expected[key]), key
    assert batch.num_graphs == expected.num_graphs
    for a, b in zip(batch.to_data_list(), expected.to_data_list(), strict=True):
        assert a.keys() == b.keys()
        assert all(torch.equal(a[key], b[key]) for key in a.keys())


def test_batch_of_all(dataset):
    assert dataset.batch().num_nodes == int(dataset.sizes.sum())
    assert dataset.batch().num_graphs == len(dataset)
    mask = dataset.sizes < 10
    assert dataset.batch(mask).num_graphs == int(mask.sum()) > 0


def test_part(dataset):
    part = dataset[10:50][torch.tensor([4, 1, 7])]
    chosen = [14, 11, 17]
    assert part.all_smiles() == [dataset.smiles(i) for i in chosen]
    assert part.smiles(1) == dataset.smiles(11)
    assert part.sizes.tolist() == dataset.sizes[chosen].tolist()
    assert torch.equal(part.batch().x, dataset.batch(chosen).x)
    assert torch.equal(part.batch([2]).x, dataset[17].x)


def test_written_over(dataset):
    """What is read is a copy: it can be changed, and the files do not."""
    dataset[3].x.fill_(0)
    dataset.batch([3]).edge_attr.fill_(9)
    assert dataset[3].edge_attr.max() < 4 and dataset[3].x.max() > 0


def test_copies_are_small(dataset):
    again = pickle.loads(pickle.dumps(dataset))
    assert len(pickle.dumps(dataset)) < 20_000
    assert torch.equal(again[7].edge_index, dataset[7].edge_index)
    loader = DataLoader(dataset, batch_size=16, num_workers=1)
    assert sum(batch.num_graphs for batch in loader) == len(dataset)


def test_loader_of_numbers(dataset):
    loader = torch.utils.data.DataLoader(
        range(len(dataset)), batch_size=16, num_workers=1, collate_fn=dataset.batch
    )
    assert torch.equal(torch.cat([batch.x for batch in loader]), dataset.batch().x)


def test_transform(tmp_path, smiles):
    dataset = Molecules(str(tmp_path), smiles, transform=lambda data: data.num_nodes)
    assert dataset[2] == int(dataset.sizes[2])


def test_folders(tmp_path, smiles, dataset, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Molecules, "process", lambda self: pytest.fail("processed again"))
        assert len(Molecules(str(tmp_path), smiles)) == len(dataset)
    one_block = Molecules(str(tmp_path), smiles, max_hops=0)
    assert one_block.num_blocks.unique().tolist() == [1]
    assert one_block.processed_dir != dataset.processed_dir
    whole = Molecules(str(tmp_path), [*smiles, "CC.CCCO"], largest_fragment=True)
    assert whole.smiles(len(whole) - 1) == "CCCO"
    assert len(Molecules(str(tmp_path), ["C"], force_reload=True)) == 1


def test_stopped(tmp_path, smiles, monkeypatch):
    def stop(self):
        yield from enumerate(smiles[:10])
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Molecules, "read", stop)
        Molecules(str(tmp_path), smiles)
    assert len(Molecules(str(tmp_path), smiles)) > 100
    assert not list(Path(tmp_path).rglob("*.part"))


@pytest.mark.parametrize("name", ["atom.bin", "bond_ptr.bin", "report.json"])
def test_truncated(tmp_path, smiles, dataset, name):
    path = Path(dataset.processed_dir) / name
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(RuntimeError, match=rf"{name}' is damaged .* force_reload=True"):
        Molecules(str(tmp_path), smiles)
    assert len(Molecules(str(tmp_path), smiles, force_reload=True)) == len(dataset)


def test_no_molecule(tmp_path):
    dataset = Molecules(str(tmp_path), ["C("])
    assert len(dataset) == 0 and dataset.refused == {"syntax": 1}
    assert dataset.sizes.tolist() == [] and dataset.all_smiles() == []
