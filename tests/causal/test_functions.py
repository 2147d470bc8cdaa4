import pickle

import torch
import torch.nn.functional as F

from pyg_symm.causal.functions import HiddenLayer


def functions(num=3, inputs=4, hidden=5, activation=torch.cos):
    sizes = [(num, inputs, hidden), (num, hidden), (num, hidden), (num, inputs), (num,)]
    return HiddenLayer(*(torch.randn(size) for size in sizes), activation)


def test_the_formula(float64):
    f, x = functions(activation=F.gelu), torch.randn(2, 3, 7, 4)
    found = f(x)
    for c in range(3):
        for row in range(7):
            at = x[1, c, row]
            hidden = F.gelu(f.weight[c].T @ at + f.shift[c])
            expected = f.bias[c] + f.linear[c] @ at + f.out[c] @ hidden
            torch.testing.assert_close(found[1, c, row], expected)


def test_shared_rows_broadcast(float64):
    f, x = functions(), torch.randn(7, 4)
    torch.testing.assert_close(f(x), f(x.expand(3, 7, 4)))
    assert f(x).shape == (3, 7) and len(f) == 3


def test_one_function_of_some_inputs(float64):
    f, x = functions(), torch.randn(7, 4)
    x[:, 2] = 0
    torch.testing.assert_close(f.pick(1, [3, 0, 1])(x[:, [3, 0, 1]]), f(x)[1:2])
    torch.testing.assert_close(f.pick(2)(x), f(x)[2:])


def test_linear_functions(float64):
    f, x = functions(hidden=0), torch.randn(7, 4)
    torch.testing.assert_close(f(x), f.linear @ x.T + f.bias.unsqueeze(1))


def test_precision_and_files():
    f = pickle.loads(pickle.dumps(functions().map(torch.Tensor.double)))
    assert f(torch.randn(7, 4).double()).dtype == torch.double
