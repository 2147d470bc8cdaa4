import re

import pytest
import torch

from pyg_symm.weights.lora import Adapter, Layout

A, B = torch.randn(2, 3), torch.randn(4, 2)


def test_repr(make):
    assert repr(make(0)) == "Adapter(2 modules, rank 4)"
    assert repr(make(0, rank={"q": 2, "up": 3})) == "Adapter(2 modules, rank 2 to 3)"


def test_a_module_is_a_triple():
    adapter = Adapter({"lin": (A, B, 0.5)})
    a, b, scaling = adapter["lin"]
    assert torch.equal(a, A) and torch.equal(b, B) and scaling == 0.5
    assert list(adapter) == ["lin"] and len(adapter) == 1 and "lin" in adapter
    assert adapter.rank("lin") == 2 and adapter.dtype == torch.float32
    torch.testing.assert_close(adapter.delta("lin"), 0.5 * B @ A)


def test_an_unknown_module_is_a_key_error():
    with pytest.raises(KeyError, match="other"):
        Adapter({"lin": (A, B, 0.5)})["other"]


@pytest.mark.parametrize(
    "layout, shape",
    [
        (Layout(), (4, 18)),
        (Layout("conv", (2, 3, 3)), (4, 2, 3, 3)),
        (Layout("embedding"), (18, 4)),
    ],
)
def test_layouts_give_the_shape_of_the_weight(layout, shape):
    adapter = Adapter({"m": (torch.randn(2, 18), B, 1.0)}, layouts={"m": layout})
    assert adapter.layouts["m"].weight(adapter.delta("m")).shape == shape


@pytest.mark.parametrize(
    "module, message",
    [
        (
            (A, torch.randn(4, 3), 1.0),
            "'lin' must share a rank of at least 1 (got A (2, 3), B (4, 3))",
        ),
        ((A[:0], B[:, :0], 1.0), "'lin' must share a rank of at least 1 (got A (0, 3), B (4, 0))"),
        ((A[0], B, 1.0), "A of 'lin' must be a matrix (got shape (3,))"),
        (
            (A, B.to(torch.int8), 1.0),
            "B of 'lin' must be floating point, not quantised (got torch.int8)",
        ),
        ((A, B / 0, 1.0), "B of 'lin' must be finite (got"),
        ((A, B), "'lin' must be A, B and a scaling (got 2 entries)"),
        (A, "'lin' must be A, B and a scaling (got Tensor)"),
        ((A, B, float("nan")), "scaling of 'lin' must be finite (got nan)"),
    ],
)
def test_bad_modules_are_named(module, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        Adapter({"lin": module})


def test_an_adapter_has_modules():
    with pytest.raises(ValueError, match="'modules' must have at least one"):
        Adapter({})


def test_bad_layouts_are_refused():
    with pytest.raises(ValueError, match="'kind' must be one of .*got 'dense'"):
        Layout("dense")
    with pytest.raises(ValueError, match="'row' must be the shape of a kernel"):
        Layout("conv")
    with pytest.raises(ValueError, match="rows of 'm' have 3 numbers"):
        Adapter({"m": (A, B, 1.0)}, layouts={"m": Layout("conv", (2, 2))})
