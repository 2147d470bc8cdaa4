"""Networks with copies of their units, which merging has to find."""

import itertools

import pytest
import torch
from torch import nn

from pyg_symm.weights import Atom, PermutationSpec, axis_size, declare_spec
from pyg_symm.weights.features.layout import Layout
from pyg_symm.weights.features.rebuild import resized


def _resized(axis, sizes):
    return tuple(tuple(Atom(a.name, sizes.get(a.name, a.size)) for a in part) for part in axis)


def _widen(model, spec, sources, equal=False):
    """A network of the same function with more units, and its classes.

    Args:
        sources (dict): For each class, the old unit that each new one is a copy of.
        equal (bool): Whether what reads a unit is split into equal shares, or into random ones.
    """
    layout = Layout(model, spec)
    generator = torch.Generator().manual_seed(1)
    shares = {}
    for name, index in sources.items():
        share = torch.ones(len(index), dtype=torch.double)
        if not equal:
            share = share.uniform_(0.2, 0.8, generator=generator)
        sums = torch.zeros(spec.classes[name], dtype=torch.double).index_add(0, index, share)
        shares[name] = share / sums[index]
    state = {}
    for name, tensor in layout.state.items():
        new = spec.view(name, tensor)
        axes = zip(spec.axes[name], layout.roles[name], strict=True)
        for dim, (axis, role) in enumerate(axes):
            index = _index(axis, sources)
            if index is None:
                continue
            new = new.index_select(dim, index)
            if role == "out":
                factor = _factor(axis, shares)
                new = new * factor.to(new).view([-1] + [1] * (new.dim() - dim - 1))
        keep = tensor.shape[1:-1] if tensor.dim() == 3 and new.dim() == 2 else None
        state[name] = new.reshape(len(tensor), *keep, -1) if keep else new
    sizes = {name: len(index) for name, index in sources.items()}
    axes = {n: tuple(_resized(axis, sizes) for axis in axes) for n, axes in spec.axes.items()}
    wide = PermutationSpec(axes, unscored=spec.unscored, groups=spec.groups)
    return resized(model, state), wide


def _index(axis, sources):
    """The old place of each new one along an axis."""
    if not any(atom.name in sources for part in axis for atom in part):
        return None
    parts, start = [], 0
    for part in axis:
        index = torch.zeros(1, dtype=torch.long)
        for atom in part:
            own = sources.get(atom.name, torch.arange(atom.size))
            index = (index[:, None] * atom.size + own).view(-1)
        parts.append(index + start)
        start += axis_size((part,))
    return torch.cat(parts)


def _factor(axis, shares):
    parts = []
    for part in axis:
        factor = torch.ones(1, dtype=torch.double)
        for atom in part:
            own = shares.get(atom.name, torch.ones(atom.size, dtype=torch.double))
            factor = (factor[:, None] * own).view(-1)
        parts.append(factor)
    return torch.cat(parts)


@pytest.fixture
def widen():
    """Copies units: ``widen(model, spec, sources, equal=False)``."""
    return _widen


def copies(size, *more):
    """All units once, and some again."""
    return torch.tensor([*range(size), *more])


@pytest.fixture
def copied():
    """The units of a class with some of them again."""
    return copies


@pytest.fixture
def mlp():
    """An MLP with an activation, and its classes: ``mlp(sizes, activation)``."""

    def build(sizes=(5, 8, 7, 3), activation=nn.ReLU):
        from pyg_symm.weights import mlp_spec

        torch.manual_seed(0)
        layers = []
        for i, o in itertools.pairwise(sizes):
            layers += [nn.Linear(i, o), activation()]
        return nn.Sequential(*layers[:-1]), mlp_spec(sizes)

    return build


@pytest.fixture
def cnn():
    """A convolutional network with batch norms, flattened images, and its classes."""

    def build():
        torch.manual_seed(0)
        model = nn.Sequential(
            nn.Conv2d(1, 6, 3, padding=1, bias=False),
            nn.BatchNorm2d(6),
            nn.ReLU(),
            nn.Conv2d(6, 5, 3, stride=2),
            nn.BatchNorm2d(5),
            nn.Tanh(),
            nn.Flatten(),
            nn.Linear(5 * 9, 8),
            nn.ReLU(),
            nn.Linear(8, 3),
        )
        for norm in (model[1], model[4]):
            for tensor in (norm.weight, norm.bias, norm.running_mean, norm.running_var):
                tensor.data.uniform_(0.5, 1.5)
        axes = {
            "0.weight": ["a", None, None, None],
            "1.*": ["a"],
            "3.weight": ["b", "a", None, None],
            "3.bias": ["b"],
            "4.*": ["b"],
            "7.weight": ["c", "b*9"],
            "7.bias": ["c"],
            "9.weight": [None, "c"],
            "9.bias": [None],
        }
        return model.eval(), declare_spec(model.state_dict(), axes)

    return build
