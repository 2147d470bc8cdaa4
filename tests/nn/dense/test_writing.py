import pytest
import torch

from pyg_symm.nn.dense.writing import copy, dense, silu, silu_backward, write, written


@pytest.mark.parametrize("width", [5, 32])  # A CPU computes functions of the first ones apart.
def test_results_are_written_into_parts(width, tol):
    x, grad = torch.randn(2, 3, 2 * width).split(width, dim=2)
    leaf = x.clone().requires_grad_()
    (through,) = torch.autograd.grad(torch.nn.functional.silu(leaf), leaf, grad)
    table = torch.zeros(2, 3, 4 * width)
    parts = table.split(width, dim=2)
    results = [
        write(parts[0], torch.mul, x, grad),
        write(parts[1], silu_backward, grad, x),
        write(parts[2], silu, x),
        write(parts[3], copy, x),
    ]
    whole = written(table, 2, *results)
    assert whole is table
    for part, result in zip(parts, results, strict=True):
        assert part.equal(result)
    expected = torch.cat([x * grad, through, torch.nn.functional.silu(x), x], dim=2)
    torch.testing.assert_close(whole, expected, rtol=0, atol=tol)
    torch.testing.assert_close(silu_backward(grad, x), through, rtol=0, atol=tol)
    assert copy(x) is x


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


@pytest.mark.parametrize("stacked", [False, True])
def test_compiled_code_joins_the_same(stacked):
    def join(x, grad):
        table = x.new_zeros(3, 2, 4)
        parts = table.unbind(1) if stacked else table.split(1, dim=1)
        x, grad = (x, grad) if stacked else (x.unsqueeze(1), grad.unsqueeze(1))
        results = write(parts[0], torch.mul, x, grad), write(parts[1], silu_backward, grad, x)
        return written(table, 1, *results)

    x, grad = torch.randn(3, 4), torch.randn(3, 4)
    compiled = torch.compile(join, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(x, grad), join(x, grad))
