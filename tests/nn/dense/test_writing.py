import pytest
import torch

from pyg_symm.nn.dense.writing import (
    dense,
    silu_backward,
    write,
    write_silu,
    write_silu_backward,
)


@pytest.mark.parametrize("width", [5, 32])  # A CPU computes functions of the first ones apart.
def test_results_are_written_into_a_part(width, tol):
    x, grad = torch.randn(2, 3, 2 * width).split(width, dim=2)
    table = torch.zeros(2, 3, 2 * width)
    parts = table.split(width, dim=2)
    write(parts[0], torch.mul, x, grad)
    result = write_silu_backward(parts[1], grad, x)
    leaf = x.clone().requires_grad_()
    (through,) = torch.autograd.grad(torch.nn.functional.silu(leaf), leaf, grad)
    torch.testing.assert_close(table, torch.cat([x * grad, through], dim=2), rtol=0, atol=tol)
    torch.testing.assert_close(result, through, rtol=0, atol=tol)
    torch.testing.assert_close(silu_backward(grad, x), through, rtol=0, atol=tol)
    write_silu(parts[0], x)
    torch.testing.assert_close(parts[0], torch.nn.functional.silu(x), rtol=0, atol=tol)


@pytest.mark.parametrize("dtype, width", [(torch.bfloat16, 64), (torch.float, 32)])
def test_parts_are_copied_where_rows_are_not_whole_registers(dtype, width):
    x = torch.randn(3, 2 * width).to(dtype)
    assert dense(x) is x
    whole, short = x[:, :width], x[:, : width // 2]
    assert dense(whole) is whole
    copied = dense(short)
    assert copied.is_contiguous() and copied.equal(short)
    elsewhere = x.to("meta")[:, : width // 2]
    assert dense(elsewhere) is elsewhere


def test_compiled_code_writes_the_same():
    @torch.compile(fullgraph=True, backend="aot_eager")
    def both(x, grad):
        table = x.new_zeros(3, 12)
        parts = table.split(4, dim=1)
        write(parts[0], torch.mul, x, grad)
        write_silu_backward(parts[1], grad, x)
        write_silu(parts[2], x)
        return table

    x, grad = torch.randn(3, 4), torch.randn(3, 4)
    expected = torch.cat([x * grad, silu_backward(grad, x), torch.nn.functional.silu(x)], dim=1)
    torch.testing.assert_close(both(x, grad), expected)
