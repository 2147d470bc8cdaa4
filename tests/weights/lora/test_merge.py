import pytest
import torch

from pyg_symm.weights.lora import lego_merge, load_adapter, merge_adapters, save_adapter
from pyg_symm.weights.lora.merge import MERGES


@pytest.mark.parametrize("method", MERGES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_every_method_makes_an_adapter_with_a_report(make, tmp_path, method, dtype):
    merged = merge_adapters(
        [make(0, dtype=dtype), make(1, dtype=dtype)], method, weights=[1.0, 2.0]
    )
    assert list(merged) == list(merged.report) == ["q", "up"]
    assert merged.dtype == dtype and "relative_error" in merged.report.to_dict()["q"]
    save_adapter(merged, tmp_path)
    assert torch.equal(load_adapter(tmp_path).delta("q"), merged.delta("q"))


def test_options_reach_the_method(make):
    adapters = [make(0), make(1)]
    merged = merge_adapters(adapters, rank=3, preset="gauge")
    assert torch.equal(merged["q"].A, lego_merge(adapters, 3, preset="gauge")["q"].A)


def test_unknown_methods_are_named(make):
    with pytest.raises(ValueError, match="'method' must be one of .*got 'slerp'"):
        merge_adapters([make(0)], "slerp")
