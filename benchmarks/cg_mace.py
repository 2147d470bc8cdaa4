"""The twin of `GauntMACE` with Clebsch-Gordan products, wholly in e3nn, to compare with."""

import torch
from e3nn import o3
from e3nn.nn import Gate
from torch import Tensor, nn

from pyg_symm.groups import position_invariants
from pyg_symm.nn.bundle import neighbors
from pyg_symm.nn.bundle.pool import pool_nodes
from pyg_symm.nn.steerable import BesselBasis, RadialNetwork


def feature_irreps(channels: int, lmax: int, sheets: int) -> o3.Irreps:
    """Natural features, and pseudo features with a second sheet."""
    signs = [1, -1][:sheets]
    return o3.Irreps([(channels, (l, s * (-1) ** l)) for s in signs for l in range(lmax + 1)])  # noqa: E741


def paths(
    first: o3.Irreps, second: o3.Irreps, wanted: o3.Irreps, mode: str
) -> tuple[o3.Irreps, list[tuple]]:
    """All paths into the wanted irreps, each with its own block, sorted."""
    blocks: list[tuple[int, o3.Irrep]] = []
    instructions = []
    for i, (mul, ir1) in enumerate(first):
        for j, (_, ir2) in enumerate(second):
            for ir in ir1 * ir2:
                if ir in wanted:
                    instructions.append((i, j, len(blocks), mode, True))
                    blocks.append((mul, ir))
    irreps, place, _ = o3.Irreps(blocks).sort()
    instructions = [(i, j, place[k], mode, True) for i, j, k, mode, _ in instructions]
    return irreps.simplify(), [irreps, instructions]


def gate(channels: int, lmax: int, sheets: int) -> Gate:
    """Natural scalars gate all other features."""
    others = feature_irreps(channels, lmax, sheets)[1:]
    scalars, gates = o3.Irreps([(channels, "0e")]), o3.Irreps([(len(others) * channels, "0e")])
    acts = [torch.sigmoid] if others.dim > 0 else []
    return Gate(scalars, [torch.nn.functional.silu], gates if acts else "", acts, others)


class SelfProduct(nn.Module):
    """Sums of products of up to `correlation` factors, with a weight for each path and channel."""

    def __init__(self, irreps: o3.Irreps, out: o3.Irreps, correlation: int, num_elements: int):
        super().__init__()
        self.others, self.products, self.weights = nn.ModuleList(), nn.ModuleList(), []
        self.lins = nn.ModuleList([o3.Linear(irreps, out)])
        self.weights = nn.ParameterList()
        left = irreps
        for order in range(2, correlation + 1):
            kept = out if order == correlation else irreps
            simple, (blocks, instructions) = paths(left, irreps, kept, "uuu")
            product = o3.TensorProduct(
                left, irreps, blocks, instructions, shared_weights=False, internal_weights=False
            )
            self.others.append(o3.Linear(irreps, irreps))
            self.products.append(product)
            self.weights.append(nn.Parameter(torch.randn(num_elements, product.weight_numel)))
            self.lins.append(o3.Linear(simple, out))
            left = blocks

    def forward(self, x: Tensor, element: Tensor | None) -> Tensor:
        out, power = self.lins[0](x), x
        for i, product in enumerate(self.products):
            weight = x.new_ones(x.size(0), 1) if element is None else element
            weight = weight @ self.weights[i]
            power = product(power, self.others[i](x), weight)
            out = out + self.lins[i + 1](power)
        return out


class Layer(nn.Module):
    """Messages from neighbours, and products of their sum."""

    def __init__(
        self,
        channels: int,
        irreps: o3.Irreps,
        degrees: tuple[int, int],
        sheets: tuple[int, int],
        correlation: int,
        num_basis: int,
        num_neighbors: float,
        num_elements: int,
    ) -> None:
        super().__init__()
        lmax, lmax_out = degrees
        self.num_neighbors = num_neighbors
        self.irreps_edge = o3.Irreps.spherical_harmonics(lmax)
        wanted = feature_irreps(channels, lmax, sheets[0])
        simple, (blocks, instructions) = paths(irreps, self.irreps_edge, wanted, "uvu")
        # Degrees and parities that are reached at all.
        self.sheets = 2 if any(ir.p != (-1) ** ir.l for _, ir in blocks) else 1
        self.irreps = feature_irreps(channels, lmax, self.sheets)
        self.gate = gate(channels, lmax, self.sheets)
        self.lin_in = o3.Linear(irreps, irreps)
        self.product = o3.TensorProduct(
            irreps,
            self.irreps_edge,
            blocks,
            instructions,
            shared_weights=False,
            internal_weights=False,
        )
        self.radial = RadialNetwork(num_basis, channels, self.product.weight_numel)
        self.lin_out = o3.Linear(simple, self.gate.irreps_in)
        self.lin_self = o3.Linear(irreps, self.gate.irreps_in, biases=True)
        self.out_irreps = feature_irreps(channels, lmax_out, sheets[1])
        self.self_product = SelfProduct(self.irreps, self.out_irreps, correlation, num_elements)
        self.lin_skip = o3.Linear(irreps, self.out_irreps, biases=True)
        self.channels = channels

    def forward(self, h, edge_index, basis, window, harmonics, element):
        source, target = edge_index
        weight = self.radial(basis, h[:, : self.channels], edge_index) * window.unsqueeze(-1)
        messages = self.product(self.lin_in(h).index_select(0, source), harmonics, weight)
        total = messages.new_zeros(h.size(0), messages.size(1)).index_add(0, target, messages)
        a = self.gate(self.lin_out(total / self.num_neighbors) + self.lin_self(h))
        return self.lin_skip(h) + self.self_product(a, element)


class CGMACE(nn.Module):
    """All arguments, inputs and results are those of `pyg_symm.nn.GauntMACE`."""

    def __init__(
        self,
        in_channels: int,
        hidden_channels: int,
        out_channels: int,
        num_layers: int,
        *,
        in_vectors: int = 0,
        out_vectors: int = 0,
        lmax: int = 2,
        correlation: int = 2,
        parity: str = "both",
        chiral: bool = False,
        elements: bool = False,
        cutoff: float | None = None,
        num_basis: int = 8,
        num_neighbors: float = 1.0,
        pool: str | None = None,
    ) -> None:
        super().__init__()
        self.cutoff, self.pool, self.elements = cutoff, pool, elements
        self.in_channels = in_channels
        self.out_channels, self.out_vectors = out_channels, out_vectors
        self.basis = BesselBasis(num_basis, cutoff)
        self.harmonics = o3.Irreps.spherical_harmonics(lmax)
        self.embed = nn.Linear(in_channels or 1, hidden_channels)
        self.embed_vectors = None
        irreps = o3.Irreps([(hidden_channels, "0e")])
        if in_vectors > 0:
            vectors = o3.Irreps([(hidden_channels, "1o")])
            self.embed_vectors = o3.Linear(o3.Irreps([(in_vectors, "1o")]), vectors)
            irreps = irreps + vectors
        sheets, read = 2 if parity == "both" else 1, 2 if chiral else 1
        lmax_read = int(out_vectors > 0)
        self.layers, self.readouts = nn.ModuleList(), nn.ModuleList()
        for i in range(num_layers):
            last = i == num_layers - 1
            layer = Layer(
                hidden_channels,
                irreps,
                (lmax, lmax_read if last else lmax),
                (sheets, read if last else sheets),
                correlation,
                num_basis,
                num_neighbors,
                in_channels if elements else 1,
            )
            irreps = layer.out_irreps
            inner = gate(hidden_channels, lmax_read, read)
            signs = [1, -1][:read]
            wanted = o3.Irreps([(out_channels, (0, s)) for s in signs])
            wanted += o3.Irreps([(out_vectors, (1, -s)) for s in signs])
            self.layers.append(layer)
            self.readouts.append(
                nn.Sequential(
                    o3.Linear(irreps, inner.irreps_in, biases=True),
                    inner,
                    o3.Linear(inner.irreps_out, wanted, biases=True),
                )
            )
        self.signs = read

    def forward(self, x, pos, edge_index=None, batch=None, vec=None, *, batch_size=None):
        if edge_index is None:
            edge_index, _ = neighbors(None, batch, pos, share=False, cutoff=self.cutoff)
        if x is None or self.in_channels == 0:
            x = pos.new_ones(pos.size(0), self.in_channels or 1)
        distance = position_invariants(pos, edge_index).squeeze(-1)
        window = self.basis.window(distance) * (edge_index[0] != edge_index[1])
        offset = pos.index_select(0, edge_index[0]) - pos.index_select(0, edge_index[1])
        harmonics = o3.spherical_harmonics(self.harmonics, offset, True, "component")
        h = self.embed(x)
        if self.embed_vectors is not None:
            h = torch.cat([h, self.embed_vectors(vec.flatten(1))], dim=1)
        basis, element, total = self.basis(distance), x if self.elements else None, 0
        for layer, readout in zip(self.layers, self.readouts, strict=True):
            h = layer(h, edge_index, basis, window, harmonics, element)
            total = total + readout(h)
        num = self.signs * self.out_channels
        scalars = total[:, :num].view(pos.size(0), self.signs, self.out_channels).sum(1)
        vectors = total[:, num:].view(pos.size(0), self.signs, self.out_vectors, 3).sum(1)
        scalars, vectors = pool_nodes(scalars, vectors, self.pool, batch, batch_size)
        return (scalars, vectors) if self.out_vectors > 0 else scalars
