import torch

from pyg_symm.testing import peak_memory


def test_peak_is_not_the_total():
    x = torch.ones(1000, dtype=torch.double)

    def chain():
        y = x
        for _ in range(10):
            y = y + 1  # Two of these are alive at a time.
        return y

    assert peak_memory(chain) == 2 * 8000


def test_what_was_there_before_does_not_count():
    x = torch.ones(1000)
    assert peak_memory(lambda: x.view(10, 100).sum()) == 4
    assert peak_memory(lambda: x.add_(1)) == 0


def test_backward_counts():
    x = torch.ones(1000, requires_grad=True)
    forward = peak_memory(lambda: x.exp())
    both = peak_memory(lambda: x.exp().sum().backward())
    assert forward == 4000 and both >= 8000


def test_same_answer_every_time():
    x = torch.randn(300, 4)
    peaks = {peak_memory(lambda: (x @ x.T).softmax(dim=-1) @ x) for _ in range(5)}
    assert len(peaks) == 1


def test_enlarged_tensors_count():
    x = torch.ones(1000)
    assert peak_memory(lambda: torch.add(x, 1, out=torch.empty(0))) == 4000
    assert peak_memory(lambda: torch.empty(0).resize_(1000)) == 4000
    old = torch.empty(10)
    assert peak_memory(lambda: old.resize_(1000)) == 4000 - 40
    assert peak_memory(lambda: torch.add(torch.ones(1000), 1, out=torch.empty(0))) == 8000


def test_shrunk_and_freed_tensors_do_not():
    def chain():
        for _ in range(5):
            torch.empty(0).resize_(1000)
            torch.empty(1000).resize_(10)

    assert peak_memory(chain) == 4000


def test_sparse_tensors_are_passed_by():
    x = torch.eye(10).to_sparse()
    assert peak_memory(lambda: torch.sparse.mm(x, torch.ones(10, 3))) >= 120
