import torch

from pyg_symm.nn.dense.writing import silu_backward, write, write_silu, write_silu_backward


def test_results_are_written_into_a_part(tol):
    x, grad, table = torch.randn(3, 4), torch.randn(3, 4), torch.zeros(3, 12)
    parts = table.split(4, dim=1)
    write(parts[0], torch.mul, x, grad)
    write_silu(parts[1], x)
    write_silu_backward(parts[2], grad, x)
    leaf = x.clone().requires_grad_()
    expected = torch.nn.functional.silu(leaf)
    (through,) = torch.autograd.grad(expected, leaf, grad)
    expected = torch.cat([x * grad, expected.detach(), through], dim=1)
    torch.testing.assert_close(table, expected, rtol=0, atol=tol)
    torch.testing.assert_close(silu_backward(grad, x), through, rtol=0, atol=tol)


def test_compiled_code_writes_the_same():
    @torch.compile(fullgraph=True, backend="aot_eager")
    def both(x, grad):
        table = x.new_zeros(3, 12)
        parts = table.split(4, dim=1)
        write(parts[0], torch.mul, x, grad)
        write_silu(parts[1], x)
        write_silu_backward(parts[2], grad, x)
        return table

    x, grad = torch.randn(3, 4), torch.randn(3, 4)
    silu = torch.nn.functional.silu(x)
    expected = torch.cat([x * grad, silu, silu_backward(grad, x)], dim=1)
    torch.testing.assert_close(both(x, grad), expected)
