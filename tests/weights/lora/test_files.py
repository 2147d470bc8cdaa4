import json
import pickle
import re

import pytest
import torch
from safetensors.torch import load_file, save_file

from pyg_symm.weights.lora import Adapter, Layout, lego_merge, load_adapter, save_adapter


@pytest.fixture
def mixed():
    """Linear layers of different ranks and scalings, a convolution and an embedding."""
    layouts = {"conv": Layout("conv", (3, 3, 3)), "embed": Layout("embedding")}
    sizes = {"q": (8, 10, 12, 2.0), "k": (2, 10, 12, 0.5), "conv": (8, 27, 6, 2.0)}
    sizes["embed"] = (8, 50, 12, 16 / 6**0.5)
    modules = {
        name: (torch.randn(r, d_in), torch.randn(d_out, r), scaling)
        for name, (r, d_in, d_out, scaling) in sizes.items()
    }
    options = {"task_type": "CAUSAL_LM"}
    return Adapter(modules, layouts=layouts, base_model="some/base", options=options)


def edit(folder, **changes):
    file = folder / "adapter_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


@pytest.mark.parametrize(
    "dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64], ids=str
)
def test_round_trip_is_exact(tmp_path, mixed, dtype):
    modules = {name: (a.to(dtype), b.to(dtype), s) for name, (a, b, s) in mixed.items()}
    adapter = Adapter(modules, layouts=mixed.layouts, base_model="some/base", options=mixed.options)
    save_adapter(adapter, tmp_path / "new" / "adapter")
    read = load_adapter(tmp_path / "new" / "adapter")
    assert read.layouts == adapter.layouts and read.base_model == "some/base"
    assert read.options == {"task_type": "CAUSAL_LM"}
    for name, (a, b, scaling) in adapter.items():
        assert torch.equal(read[name].A, a) and torch.equal(read[name].B, b)
        assert read[name].A.dtype == dtype
        assert read[name].scaling == scaling


def test_kernels_have_their_shape_in_the_file(tmp_path, mixed):
    save_adapter(mixed, tmp_path)
    tensors = load_file(tmp_path / "adapter_model.safetensors")
    assert tensors["base_model.model.conv.lora_A.weight"].shape == (8, 3, 3, 3)
    assert tensors["base_model.model.conv.lora_B.weight"].shape == (6, 8, 1, 1)
    assert tensors["base_model.model.embed.lora_embedding_A"].shape == (8, 50)


def test_the_path_may_be_that_of_the_tensors(tmp_path, mixed):
    save_adapter(mixed, tmp_path)
    assert len(load_adapter(tmp_path / "adapter_model.safetensors")) == len(mixed)
    assert len(load_adapter(str(tmp_path))) == len(mixed)


def test_equal_adapters_give_equal_files(tmp_path, make):
    for folder in ("a", "b"):
        merged = lego_merge([make(0), make(1), make(2)], preset="gauge", seed=3)
        save_adapter(merged, tmp_path / folder)
    for name in ("adapter_model.safetensors", "adapter_config.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_factors_may_share_memory(tmp_path):
    both = torch.randn(4, 4)
    save_adapter(Adapter({"q": (both, both, 1.0), "k": (both, both.T, 1.0)}), tmp_path)
    assert torch.equal(load_adapter(tmp_path)["k"].B, both.T)


@pytest.mark.parametrize("variant", [{"use_dora": True}, {"lora_bias": True}, {"peft_type": "IA3"}])
def test_other_adapters_are_refused_with_their_folder(tmp_path, mixed, variant):
    save_adapter(mixed, tmp_path)
    edit(tmp_path, **variant)
    (option,) = variant
    with pytest.raises(ValueError, match=f"{re.escape(str(tmp_path))}.*'{option}'"):
        load_adapter(tmp_path)


def test_other_ranks_than_those_of_the_config_are_refused(tmp_path, mixed):
    save_adapter(mixed, tmp_path)
    edit(tmp_path, rank_pattern={})
    with pytest.raises(ValueError, match=r"'k' must have rank 8 \(got 2\)"):
        load_adapter(tmp_path)


@pytest.mark.parametrize("name", ["adapter_model.bin", "adapter_model.pt"])
def test_pickles_are_refused_unread(tmp_path, mixed, name):
    save_adapter(mixed, tmp_path)
    (tmp_path / "adapter_model.safetensors").unlink()
    (tmp_path / name).write_bytes(b"not even a pickle")
    for path in (tmp_path, tmp_path / name):
        with pytest.raises(ValueError, match=f"{name}' is a pickle, which could run code"):
            load_adapter(path)


def test_a_pickle_beside_the_tensors_is_not_read(tmp_path, mixed):
    save_adapter(mixed, tmp_path)
    (tmp_path / "adapter_model.bin").write_bytes(b"")
    assert len(load_adapter(tmp_path)) == len(mixed)


def test_a_pickle_under_another_name_is_refused(tmp_path, mixed):
    save_adapter(mixed, tmp_path)
    (tmp_path / "adapter_model.safetensors").write_bytes(pickle.dumps({"weight": [1.0]}))
    with pytest.raises(ValueError, match="is no file of safetensors"):
        load_adapter(tmp_path)


def test_bad_tensors_are_named(tmp_path, mixed):
    save_adapter(mixed, tmp_path)
    file = tmp_path / "adapter_model.safetensors"
    name = "base_model.model.q.lora_B.weight"
    save_file({**load_file(file), name: torch.full((12, 8), float("inf"))}, file)
    with pytest.raises(ValueError, match=f"'{name}' must be finite"):
        load_adapter(tmp_path)


def test_missing_files_are_named(tmp_path, mixed):
    with pytest.raises(FileNotFoundError, match="No adapter at"):
        load_adapter(tmp_path / "nowhere")
    save_adapter(mixed, tmp_path)
    (tmp_path / "adapter_config.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"adapter_config.json' does not exist"):
        load_adapter(tmp_path)


@pytest.mark.parametrize("text, message", [("{", "is damaged"), ("[1]", "must hold a dictionary")])
def test_damaged_configs_are_named(tmp_path, mixed, text, message):
    save_adapter(mixed, tmp_path)
    (tmp_path / "adapter_config.json").write_text(text)
    with pytest.raises(ValueError, match=message):
        load_adapter(tmp_path)


def test_adapters_are_written_to_folders(tmp_path, mixed):
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "adapter_model.safetensors"):
        with pytest.raises(ValueError, match="'path' must be a folder"):
            save_adapter(mixed, path)
