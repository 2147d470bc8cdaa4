import json

import pytest
import torch

from pyg_symm.chem import MoleculeVocabulary, judge
from pyg_symm.generation import PARD


def test_save_and_load(make, seeded, tmp_path, same_graphs):
    model = make(shared_trunk=True, virtual_class=True)
    model.save(tmp_path / "model")
    assert sorted(f.name for f in (tmp_path / "model").iterdir()) == [
        "config.json",
        "model.safetensors",
    ]
    loaded = PARD.from_pretrained(tmp_path / "model")
    assert loaded.config == model.config and not loaded.training
    assert same_graphs(
        loaded.sample(5, generator=seeded(), progress=False),
        model.sample(5, generator=seeded(), progress=False),
    )


@pytest.mark.parametrize("name", ["moses", "qm9"])
def test_models_that_come_with_the_package_are_found_by_name(name, make, tmp_path, monkeypatch):
    model = PARD.from_pretrained(name)
    vocabulary = MoleculeVocabulary.from_dict(model.config.vocabulary)
    samples = model.sample(20, torch.Generator().manual_seed(0), progress=False)
    assert sum(judge(data, vocabulary).smiles is not None for data in samples) > 10
    monkeypatch.chdir(tmp_path)
    make().save(name)  # A folder of this name comes first.
    assert PARD.from_pretrained(name).config != model.config
    with pytest.raises(FileNotFoundError, match=r"models \['moses', 'qm9'\].*got 'elsewhere'"):
        PARD.from_pretrained("elsewhere")


def test_loading_what_is_no_model(make, tmp_path):
    with pytest.raises(FileNotFoundError, match="'path' holds no model"):
        PARD.from_pretrained(tmp_path)
    make().save(tmp_path)
    weights, config = tmp_path / "model.safetensors", tmp_path / "config.json"
    content = json.loads(config.read_text())
    config.write_text(json.dumps({**content, "format": 99, "version": "9.9"}))
    with pytest.raises(ValueError, match="format 99, written by version 9.9"):
        PARD.from_pretrained(tmp_path)
    config.write_text(config.read_text()[:40])
    with pytest.raises(ValueError, match="is not a config"):
        PARD.from_pretrained(tmp_path)
    other = {**content["config"], "network": {"hidden_channels": 32, "num_layers": 1}}
    config.write_text(json.dumps({**content, "config": other}))
    with pytest.raises(ValueError, match="do not fit"):
        PARD.from_pretrained(tmp_path)
    config.write_text(json.dumps(content))
    whole = weights.read_bytes()
    weights.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="is damaged"):
        PARD.from_pretrained(tmp_path)
