import json
import shutil
import time

import pytest
import torch

from pyg_symm.chem import MoleculeVocabulary, judge
from pyg_symm.generation import PARD
from pyg_symm.generation.pretrained import find_model


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


def test_a_folder_without_a_model_does_not_hide_a_bundled_one(tmp_path, monkeypatch):
    (tmp_path / "qm9").mkdir()
    monkeypatch.chdir(tmp_path)
    assert PARD.from_pretrained("qm9").config.vocabulary is not None


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
    with pytest.raises(ValueError, match="config.json.* is not a config.*save the model again"):
        PARD.from_pretrained(tmp_path)
    content.pop("digests")  # Models of earlier versions have none.
    other = {**content["config"], "network": {"hidden_channels": 32, "num_layers": 1}}
    config.write_text(json.dumps({**content, "config": other}))
    with pytest.raises(ValueError, match="config.json.* do not fit"):
        PARD.from_pretrained(tmp_path)
    config.write_text(json.dumps(content))
    whole = weights.read_bytes()
    weights.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="model.safetensors' is damaged.*copy its folder again"):
        PARD.from_pretrained(tmp_path)


@pytest.fixture
def saved(make, tmp_path):
    make().save(tmp_path)
    return tmp_path / "config.json", tmp_path / "model.safetensors"


@pytest.mark.parametrize("position", [0, 5, 100, 5000, -1])
def test_any_changed_byte_of_the_weights_is_noticed(saved, position):
    content = bytearray(saved[1].read_bytes())
    content[position] ^= 1
    saved[1].write_bytes(content)
    with pytest.raises(ValueError, match=r"model.safetensors' is damaged.*save the model again"):
        PARD.from_pretrained(saved[1].parent)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: b"",
        lambda text: b"\xff" + text,
        lambda text: text.replace(b'"config"', b'"konfig"', 1),
        lambda text: b"[" * 100_000,
        lambda text: b"[1, 2]",
        lambda text: text.replace(b'"num_steps": 4', b'"num_steps": 3'),
        lambda text: text.replace(b'"digests"', b'"digest"').replace(b'"num_steps": 4', b'"a": 4'),
    ],
)
def test_a_damaged_config_names_the_file_and_what_to_do(saved, damage):
    saved[0].write_bytes(damage(saved[0].read_bytes()))
    with pytest.raises(ValueError, match=r"config.json' is damaged or .*save the model again"):
        PARD.from_pretrained(saved[0].parent)


@pytest.mark.parametrize(
    "part, name, value",
    [
        ("network", "num_layers", 10**7),
        ("network", "hidden_channels", 10**12),
        ("network", "edge_channels", -8),
        ("network", "heads", float("nan")),
        ("statistics", "max_blocks", 10**9),
        ("statistics", "num_node_classes", 10**9),
        ("statistics", "max_nodes", 10**12),
        ("statistics", "max_size", "many"),
        ("statistics", "node_marginal", [0.5, 0.5]),
        ("statistics", "first_size", [float("inf"), 1.0]),
        (None, "num_steps", 10**12),
        (None, "schedule", "square"),
    ],
)
def test_nonsense_in_a_config_is_refused_at_once(saved, part, name, value):
    content = json.loads(saved[0].read_text())
    content.pop("digests")
    own = content["config"] if part is None else content["config"][part]
    own[name] = value
    saved[0].write_text(json.dumps(content))
    begin = time.perf_counter()
    with pytest.raises(ValueError, match=f"config.json' and .* do not fit together: .*{name}"):
        PARD.from_pretrained(saved[0].parent)
    assert time.perf_counter() - begin < 2


def test_a_vocabulary_of_another_size_is_refused(saved):
    content = json.loads(saved[0].read_text())
    content.pop("digests")
    for atoms in (["C"], ["C", "N", "O", "S"], ["C", "C", "N"], "CNO"):
        content["config"]["vocabulary"] = {"atoms": atoms}
        saved[0].write_text(json.dumps(content))
        with pytest.raises(ValueError, match=r"'vocabulary' must have 3 atoms|'atoms' must"):
            PARD.from_pretrained(saved[0].parent)


def test_the_samples_of_a_seed_stay_as_they_were():
    """Sizes, edges, and sums over classes at their places, of the first version's samples."""
    model = PARD.from_pretrained("qm9")
    generator = torch.Generator().manual_seed(3)
    found = []
    for data in model.sample(4, generator=generator, num_steps=3, progress=False):
        atoms = int((data.x.view(-1) * torch.arange(1, data.num_nodes + 1)).sum())
        bonds = int((data.edge_attr * (data.edge_index[0] + 1)).sum())
        found.append((data.num_nodes, data.num_edges, atoms, bonds))
    assert found == [(22, 46, 119, 456), (17, 40, 73, 321), (17, 36, 71, 263), (19, 42, 97, 301)]


@pytest.mark.parametrize("name", ["moses", "qm9"])
def test_a_changed_bit_of_a_bundled_model_is_noticed(name, tmp_path):
    folder = shutil.copytree(find_model(name), tmp_path / name)
    weights = bytearray((folder / "model.safetensors").read_bytes())
    weights[len(weights) // 2] ^= 1
    (folder / "model.safetensors").write_bytes(weights)
    with pytest.raises(ValueError, match="model.safetensors' is damaged"):
        PARD.from_pretrained(folder)
