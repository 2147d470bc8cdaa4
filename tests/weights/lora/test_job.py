import json

import pytest
import torch

from pyg_symm.weights.lora import lego_merge, load_adapter, save_adapter
from pyg_symm.weights.lora.job import merge_files


@pytest.fixture
def folders(make, tmp_path):
    paths = [tmp_path / name for name in ("one", "two", "three")]
    for seed, path in enumerate(paths):
        save_adapter(make(seed), path)
    return paths


def test_files_in_and_files_out(folders, make, tmp_path):
    options = {"preset": "gauge", "semantics": "sum"}
    result = merge_files(folders, tmp_path / "out", rank=5, weights=[1, 2, 3], options=options)
    merged = load_adapter(tmp_path / "out" / "adapter")
    loaded = [make(seed) for seed in range(3)]
    expected = lego_merge(loaded, 5, weights=[1, 2, 3], **options)
    torch.testing.assert_close(merged.delta("q"), expected.delta("q"))
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report == json.loads(json.dumps(expected.report.to_dict()))
    assert (tmp_path / "out" / "report.png").stat().st_size > 5000
    assert result["modules"] == 2 and result["units"] == 24 and result["ranks"] == [5]
    assert "| q " in result["table"] and json.dumps(result)


@pytest.mark.parametrize("method", ["svd", "cat", "ties"])
def test_other_methods(folders, tmp_path, method):
    result = merge_files(folders, tmp_path / "out", method=method)
    assert len(load_adapter(result["adapter"])) == 2


def test_names_of_the_base_model_may_be_overruled(make, tmp_path):
    for seed, name in enumerate(("one", "two")):
        adapter = make(seed)
        adapter.base_model = f"/models/{name}"
        save_adapter(adapter, tmp_path / name)
    folders = [tmp_path / "one", tmp_path / "two"]
    with pytest.raises(ValueError, match="share a base model"):
        merge_files(folders, tmp_path / "out")
    merge_files(folders, tmp_path / "out", base_model="some/base")
    assert load_adapter(tmp_path / "out" / "adapter").base_model == "some/base"


def test_one_path_is_not_a_list(tmp_path):
    with pytest.raises(ValueError, match="'adapters' must be a list of folders"):
        merge_files(str(tmp_path), tmp_path / "out")
