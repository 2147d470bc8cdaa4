import torch
from pytest import mark

R = torch.randn


@mark.parametrize(
    "func, shapes, shared",
    [
        (torch.mm, {"input": (3, 4), "mat2": (4, 5)}, ("input", 1, "mat2", 0)),
        (torch.mv, {"input": (3, 4), "vec": (4,)}, ("input", 1, "vec", 0)),
        (torch.bmm, {"input": (2, 3, 4), "mat2": (2, 4, 5)}, ("input", 2, "mat2", 1)),
        (torch.matmul, {"input": (2, 3, 4), "other": (4, 5)}, ("input", 2, "other", 0)),
        (torch.dot, {"input": (4,), "tensor": (4,)}, ("input", 0, "tensor", 0)),
        (torch.addmm, {"input": (5,), "mat1": (3, 4), "mat2": (4, 5)}, ("input", 0, "mat2", 1)),
        (
            torch.baddbmm,
            {"input": (2, 3, 5), "batch1": (2, 3, 4), "batch2": (2, 4, 5)},
            ("input", 0, "batch2", 0),
        ),
        (
            torch.addbmm,
            {"input": (3, 5), "batch1": (2, 3, 4), "batch2": (2, 4, 5)},
            ("batch1", 2, "batch2", 1),
        ),
        (torch.addmv, {"input": (3,), "mat": (3, 4), "vec": (4,)}, ("input", 0, "mat", 0)),
        (torch.addr, {"input": (3, 4), "vec1": (3,), "vec2": (4,)}, ("input", 1, "vec2", 0)),
        (torch.cdist, {"x1": (2, 3, 4), "x2": (2, 5, 4)}, ("x1", 2, "x2", 2)),
        (
            torch.nn.functional.linear,
            {"input": (3, 4), "weight": (5, 4), "bias": (5,)},
            ("weight", 0, "bias", 0),
        ),
        (
            torch.nn.functional.bilinear,
            {"input1": (3, 4), "input2": (3, 5), "weight": (6, 4, 5)},
            ("input1", 1, "weight", 1),
        ),
    ],
)
def test_products(carries, func, shapes, shared):
    axes, lost = carries(func, **{name: R(shape) for name, shape in shapes.items()})
    a, i, b, j = shared
    assert axes[a][i] == axes[b][j] and axes[a][i].startswith("u")
    assert not lost


@mark.parametrize(
    "equation, shapes",
    [
        ("nhc,mhc->hnm", [(3, 2, 4), (5, 2, 4)]),
        ("bij,bjk,k->bi", [(2, 3, 4), (2, 4, 5), (5,)]),
        ("iij->ij", [(3, 3, 4)]),
        ("ij,ij->", [(3, 4), (3, 4)]),
    ],
)
def test_einsum(carries, equation, shapes):
    names = "abc"[: len(shapes)]
    axes, lost = carries(
        lambda *x: torch.einsum(equation, *x),
        **{name: R(shape) for name, shape in zip(names, shapes, strict=True)},
    )
    assert not lost
    assert all(a.startswith("u") for x in axes.values() for a in x)


def test_a_matrix_with_itself(carries):
    axes, _ = carries(lambda a: a @ a, a=R(4, 4))
    assert axes["a"] == ["u0", "u0"]


@mark.parametrize("reduce", ["sum", "amax"])
def test_sparse_matrices(carries, reduce):
    dense = (torch.rand(5, 3) > 0.4).float()
    sparse = dense.to_sparse_csr()
    func = (
        (lambda a: sparse @ a)
        if reduce == "sum"
        else (lambda a: torch.sparse.mm(sparse, a, reduce))
    )
    axes, lost = carries(func, a=R(3, 4))
    assert axes["a"] == ["3", "u0"] and not lost
