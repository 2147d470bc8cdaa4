import pytest
import torch
from torch_geometric.data import Data

from pyg_symm.tasks import PointData


class Pairs(torch.nn.Module):
    """A small network of distances with the call of all networks of points."""

    def __init__(self, in_channels, out_channels, in_vectors=0, out_vectors=0, nodes=False):
        super().__init__()
        self.nodes = nodes or out_vectors > 0
        self.lift = torch.nn.Linear(2 * in_channels + 1, 8)
        self.out = torch.nn.Linear(8, out_channels + out_vectors)
        self.sizes = [out_channels, out_vectors]

    def forward(self, x, pos, edge_index=None, batch=None, vec=None):
        if edge_index is None:
            edge_index = (batch[:, None] == batch).fill_diagonal_(False).nonzero().t()
        source, target = edge_index
        r = pos[source] - pos[target]
        length = r.square().sum(-1, keepdim=True).add(1e-6).sqrt()
        hidden = torch.tanh(self.lift(torch.cat([x[source], x[target], length], dim=-1)))
        scalars, vectors = self.out(hidden).split(self.sizes, dim=-1)
        scalars = pos.new_zeros(len(pos), self.sizes[0]).index_add(0, target, scalars)
        if not self.nodes:
            pooled = scalars.new_zeros(int(batch.max()) + 1, scalars.size(1))
            scalars = pooled.index_add(0, batch, scalars)
        if self.sizes[1] == 0:
            return scalars
        moved = vectors.unsqueeze(-1) * r.unsqueeze(1)
        return scalars, pos.new_zeros(len(pos), *moved.shape[1:]).index_add(0, target, moved)


@pytest.fixture
def pairs():
    """The class of a small network."""
    return Pairs


def molecules(count, seed=0, elements=(1, 6, 8)):
    """Molecules whose energy is known, with its forces, and two properties."""
    generator = torch.Generator().manual_seed(seed)
    out = []
    for i in range(count):
        n = 3 + i % 3
        z = torch.tensor(elements)[torch.randint(len(elements), (n,), generator=generator)]
        pos = 2 * torch.randn(n, 3, generator=generator, dtype=torch.double)
        pos.requires_grad_()
        close = torch.pdist(pos).neg().exp().sum()
        (gradient,) = torch.autograd.grad(close, pos)
        energy = close.detach() - 10.0 * z.sum()
        y = torch.stack([z.sum().double(), close.detach()]).view(1, 2)
        pos = pos.detach()
        out.append(Data(z=z, pos=pos, energy=energy.view(1), force=-gradient, y=y.float()))
    return out


@pytest.fixture
def make_molecules():
    """Makes molecules."""
    return molecules


@pytest.fixture
def molecule_data():
    """A data module of molecules with energies and forces."""
    graphs = molecules(40)
    for data in graphs:
        del data.y
    return PointData(graphs[:32], graphs[32:36], {"test": graphs[36:]}, batch_size=8)
