"""Products on the sphere, ours and e3nn's, with the same inputs and, unless it says otherwise, the
same result.
"""

import importlib.util
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from pyg_symm.groups import gaunt_scale
from pyg_symm.nn import GauntConv, GauntManyBody, GauntProduct

Work = tuple[torch.nn.Module, list[Tensor], Callable[..., Tensor]]

ROWS, CHANNELS, NODES, POWER = 1024, 64, 1000, 3
METHODS = ["direct", "grid", "halved", "separable", "fourier"]
# Ours first; those from "e3nn full" on compute more than ours.
PRODUCTS = ["ours", *METHODS, "e3nn", "e3nn full", "ours, both"]
CONVOLUTIONS = ["ours", "ours, both", "e3nn"]
MANY_BODY = ["ours", "e3nn"]


def installed(package: str) -> bool:
    """Whether a peer that needs a GPU can be imported."""
    return importlib.util.find_spec(package) is not None


def product(name: str, degree: int, out: int, device: str) -> Work:
    """A product of 1,024 pairs of features of one channel."""
    x, y = (torch.randn(ROWS, 1, (degree + 1) ** 2, device=device) for _ in range(2))
    if name == "e3nn":
        module = gaunt_product(degree, degree, out).to(device)
        return module, [x.squeeze(1), y.squeeze(1)], module
    if name == "e3nn full":
        module = full_product(degree, out).to(device)
        return module, [x.squeeze(1), y.squeeze(1)], module
    if name == "cuequivariance":
        return _cuequivariance(x, y, degree, out)
    both = name == "ours, both"
    method = name if name in METHODS else "auto"
    module = GauntProduct(
        degree,
        degree,
        out,
        parity="both" if both else "even",
        normalization="none",
        method=method,
    ).to(device)
    return module, [x, y], module


def convolution(name: str, degree: int, num_edges: int, device: str) -> Work:
    """Messages of 64 channels between 1,000 nodes, summed, with weights of each edge."""
    size = (degree + 1) ** 2
    x = torch.randn(NODES, CHANNELS, size, device=device)
    vectors = torch.randn(num_edges, 3, device=device)
    weight = torch.randn(num_edges, CHANNELS, degree + 1, device=device)
    edge_index = torch.randint(NODES, (2, num_edges)).to(device)
    if name == "e3nn":
        return _e3nn_convolution(x, vectors, weight, edge_index, degree)
    parity = "both" if name == "ours, both" else "even"
    conv = GauntConv(degree, degree, degree, CHANNELS, parity=parity, normalization="none")

    def run(x: Tensor, vectors: Tensor, weight: Tensor) -> Tensor:
        return conv(x, None, edge_index, weight, edge_vec=vectors)

    return conv.to(device), [x, vectors, weight], run


def many_body(name: str, degree: int, device: str) -> Work:
    """The third power of features of 64 channels at 1,000 nodes."""
    x = torch.randn(NODES, CHANNELS, (degree + 1) ** 2, device=device)
    if name == "e3nn":
        square = gaunt_product(degree, degree, 2 * degree).to(device)
        cube = gaunt_product(2 * degree, degree, degree).to(device)
        modules = torch.nn.ModuleList([square, cube])
        return modules, [x.flatten(0, 1)], lambda x: cube(square(x, x), x)
    layer = GauntManyBody(degree, degree, POWER, CHANNELS, normalization="none").to(device)
    return layer, [x], layer


def gaunt_product(degree1: int, degree2: int, out: int, channels: int | None = None) -> Any:
    """e3nn's tensor product with Gaunt weights: the same result as ours.

    With channels, those of the first factor, and weights of each row and path.
    """
    from e3nn import o3

    conv = channels is not None
    paths = [
        (a, b, c, "uvu" if conv else "uuu", conv, gaunt_scale(a, b, c) ** 2)
        for a in range(degree1 + 1)
        for b in range(degree2 + 1)
        for c in range(out + 1)
        if gaunt_scale(a, b, c) > 0
    ]
    return o3.TensorProduct(
        _irreps(degree1, channels or 1),
        _irreps(degree2, 1),
        _irreps(out, channels or 1),
        paths,
        irrep_normalization="none",
        path_normalization="none",
        internal_weights=False,
        shared_weights=False if conv else None,
    )


def full_product(degree: int, out: int) -> Any:
    """e3nn's product with all paths apart: a richer result."""
    from e3nn import o3

    kept = [o3.Irrep(c, p) for c in range(out + 1) for p in (1, -1)]
    return o3.FullTensorProduct(_irreps(degree, 1), _irreps(degree, 1), kept)


def num_outputs(name: str, degree: int, out: int) -> int:
    """How many irreps a product returns for each pair."""
    triples = [
        (a, b, c)
        for a in range(degree + 1)
        for b in range(degree + 1)
        for c in range(abs(a - b), min(a + b, out) + 1)
    ]
    if name == "e3nn full":
        return len(triples)
    even = {c for a, b, c in triples if (a + b + c) % 2 == 0}
    odd = {c for a, b, c in triples if (a + b + c) % 2 == 1}
    return len(even) + (len(odd) if name == "ours, both" else 0)


def _irreps(degree: int, channels: int) -> Any:
    from e3nn import o3

    return o3.Irreps([(channels, (c, (-1) ** c)) for c in range(degree + 1)])


def _e3nn_convolution(
    x: Tensor, vectors: Tensor, weight: Tensor, edge_index: Tensor, degree: int
) -> Work:
    from e3nn import o3

    module = gaunt_product(degree, degree, degree, CHANNELS).to(x.device)
    of_path = torch.tensor([path.i_in2 for path in module.instructions], device=x.device)
    degrees = list(range(degree + 1))
    sizes = [2 * c + 1 for c in degrees]
    flat = torch.cat([part.flatten(1) for part in x.split(sizes, dim=2)], dim=1)

    def run(x: Tensor, vectors: Tensor, weight: Tensor) -> Tensor:
        y = o3.spherical_harmonics(degrees, vectors, True, "component")
        paths = weight.transpose(1, 2).index_select(1, of_path).flatten(1)
        messages = module(x.index_select(0, edge_index[0]), y, paths)
        return torch.zeros_like(x).index_add(0, edge_index[1], messages)

    return module, [flat, vectors, weight], run


def _cuequivariance(x: Tensor, y: Tensor, degree: int, out: int) -> Work:
    import cuequivariance as cue
    import cuequivariance_torch as cuet

    irreps = [
        cue.Irreps("O3", "+".join(f"1x{c}{'eo'[c % 2]}" for c in range(lmax + 1)))
        for lmax in (degree, out)
    ]
    module = cuet.ChannelWiseTensorProduct(
        irreps[0], irreps[0], irreps[1], layout=cue.ir_mul, device=x.device
    )
    return module, [x.squeeze(1), y.squeeze(1)], module
