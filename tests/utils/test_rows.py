import pytest
import torch

from pyg_symm.utils import Partition, Permutation, Selection

pytestmark = pytest.mark.usefixtures("float64")

ORDER = torch.tensor([3, 0, 4, 1, 2])
ROWS = torch.tensor([4, 0, 2])
SIZES = [0, 3, 1, 0, 0, 2, 0]
INDEX = torch.tensor([5, 1, 2, 1, 5, 1])  # Segments of these sizes, out of order.


def scattered():
    return Partition.of(INDEX, len(SIZES))


def contiguous():
    return Partition.contiguous(torch.tensor([0, *SIZES]).cumsum(0))


def grouped():
    return Partition.grouped(INDEX.argsort(stable=True), torch.tensor(SIZES))


def empty_rows():
    return Partition.of(INDEX[:0], num_segments=3)


def nothing():
    return Partition.contiguous(torch.tensor([0]))


PARTITIONS = [scattered, contiguous, grouped, empty_rows, nothing]


def one_hot(columns, num_columns):
    """The 0/1 matrix that takes these columns."""
    out = torch.zeros(columns.numel(), num_columns)
    out[torch.arange(columns.numel()), columns] = 1
    return out


def maps():
    """Each map with its 0/1 matrix."""
    permutation = Permutation.of(ORDER)
    yield "permute", permutation, one_hot(ORDER, 5)
    yield "permute back", permutation.inverse, one_hot(ORDER, 5).t()
    yield "select", Selection(ROWS, 5), one_hot(ROWS, 5)
    yield "select none", Selection(ROWS[:0], 5), one_hot(ROWS[:0], 5)
    for make in PARTITIONS:
        partition = make()
        matrix = one_hot(partition.index, partition.ptr.numel() - 1)
        yield f"expand {make.__name__}", partition.expand, matrix
        yield f"sum {make.__name__}", partition.sum, matrix.t()


MAPS = pytest.mark.parametrize("name", [name for name, *_ in maps()])


def named(name):
    return next((function, matrix) for other, function, matrix in maps() if other == name)


@MAPS
def test_equals_its_matrix(name):
    function, matrix = named(name)
    for shape in ((), (3,), (3, 2)):
        x = torch.randn(matrix.size(1), *shape)
        torch.testing.assert_close(function(x), torch.tensordot(matrix, x, dims=1))


@MAPS
def test_backward_is_the_transpose(name):
    function, matrix = named(name)
    x = torch.randn(matrix.size(1), 3, requires_grad=True)
    out = function(x)
    grad = torch.randn_like(out)
    torch.testing.assert_close(torch.autograd.grad(out, x, grad)[0], matrix.t() @ grad)


@pytest.mark.parametrize("name", [name for name, _, matrix in maps() if matrix.numel() > 0])
def test_gradients_of_any_order(name):
    function, matrix = named(name)
    x = torch.randn(matrix.size(1), 2, requires_grad=True)
    # Cubes: a linear map alone has a second derivative of zero, whatever it computes.
    assert torch.autograd.gradcheck(lambda x: function(x**3), x)
    assert torch.autograd.gradgradcheck(lambda x: function(x**3) ** 2, x)


@pytest.mark.parametrize("make", PARTITIONS)
def test_sum_and_expand_are_adjoint(make):
    partition = make()
    rows = torch.randn(partition.index.numel(), 3)
    segments = torch.randn(partition.ptr.numel() - 1, 3)
    left = (partition.sum(rows) * segments).sum()
    torch.testing.assert_close(left, (rows * partition.expand(segments)).sum())


def test_three_ways_to_say_the_same():
    torch.testing.assert_close(vars(grouped()), vars(scattered()))
    again = Partition.of(contiguous().index, len(SIZES))
    torch.testing.assert_close(vars(again), vars(contiguous()))
    assert scattered().counts.tolist() == SIZES


def test_permutation_and_its_inverse_cancel():
    x = torch.randn(5, 2)
    permutation = Permutation.of(ORDER)
    assert torch.equal(permutation.inverse(permutation(x)), x)
    assert torch.equal(permutation(permutation.inverse(x)), x)


# Embedding bags carry float32 and below, and `index_add` float64.
@pytest.mark.parametrize("make", PARTITIONS)
@pytest.mark.parametrize(
    "dtype, tol", [(torch.float32, 1e-6), (torch.bfloat16, 2e-2), (torch.float16, 2e-3)]
)
def test_all_types_give_the_same_sum(make, dtype, tol):
    partition = make()
    for shape in ((), (3,), (3, 2)):
        x = torch.randn(partition.index.numel(), *shape).to(dtype).requires_grad_()
        out = partition.sum(x)
        assert out.dtype == dtype
        torch.testing.assert_close(out.double(), partition.sum(x.double()), atol=tol, rtol=tol)
        (grad,) = torch.autograd.grad(out.sum(), x)
        assert grad.dtype == dtype and bool((grad == 1).all())


def test_sum_of_many_rows_in_float32():
    index = torch.randint(300, (20_000,))
    partition, x = Partition.of(index, 300), torch.randn(20_000, 4)
    expected = torch.zeros(300, 4).index_add_(0, index, x)
    torch.testing.assert_close(partition.sum(x), expected)
    torch.testing.assert_close(partition.sum(x.float()).double(), expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_deterministic(dtype, assert_deterministic):
    partition = Partition.of(torch.randint(30, (2000,)), 30)
    x = torch.randn(2000, 4, dtype=dtype, requires_grad=True)

    def run():
        out = partition.sum(x)
        return out, *torch.autograd.grad(partition.expand(out).square().sum(), x)

    assert_deterministic(run)


def test_maps_move_between_devices():
    partition = scattered().to("meta")
    x = torch.empty(6, 4, device="meta")
    assert partition.expand(partition.sum(x)).device.type == "meta"
    x = Permutation.of(ORDER).to("meta")(torch.empty(5, 4, device="meta"))
    selected = Selection(ROWS, 5).to("meta")(x)
    assert selected.shape == (3, 4) and selected.device.type == "meta"


def test_segments_that_do_not_fit():
    with pytest.raises(ValueError, match=r"'dim_size' must be at least 6 .* \(got 4\)"):
        Partition.of(INDEX, num_segments=4)
