"""Whether the bonds of atoms match the valences of their elements."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import torch
from torch import Tensor
from torch_geometric.data import Data

VALENCES: Mapping[str, int] = MappingProxyType({"H": 1, "C": 4, "N": 3, "O": 2, "F": 1})
ORDERS = (0.0, 1.0, 2.0, 3.0, 1.5)


def stability(
    graphs: Iterable[Data],
    symbols: Sequence[str],
    valences: Mapping[str, int] = VALENCES,
) -> dict[str, float]:
    r"""The shares of stable atoms and of stable molecules, for graphs with explicit hydrogens.

    An atom is stable if its bond orders sum to the valence of its element. A molecule is stable if
    it has atoms and all of them are stable. Charges are not considered, as in the tables for QM9.

    Paper: `E(n) Equivariant Normalizing Flows <https://arxiv.org/abs/2105.09016>`_

    Args:
        graphs (Iterable): Graphs with ``x``, the class of each atom, and ``edge_attr``, the class
            of each bond, which is there in both directions: 1 single, 2 double, 3 triple,
            4 aromatic, which counts 1.5; 0 is no bond.
        symbols (Sequence): The element of each class of atoms.
        valences (Mapping, optional): The valence of each element; elements without one are never
            stable. (default: H 1, C 4, N 3, O 2, F 1)

    Returns:
        dict: ``"n"``, ``"atom_stable"`` and ``"molecule_stable"``; of nothing, the share is 0.

    Shapes:
        - **x:** :math:`(N)` or :math:`(N, 1)`
        - **edge_index:** :math:`(2, E)`
        - **edge_attr:** :math:`(E)` or :math:`(E, 1)`

    Raises:
        ValueError: If a class is none, or shapes do not fit.

    Examples:
        Water, and a hydroxyl radical:

        >>> water = Data(
        ...     x=torch.tensor([[1], [0], [0]]),
        ...     edge_index=torch.tensor([[0, 1, 0, 2], [1, 0, 2, 0]]),
        ...     edge_attr=torch.ones(4, dtype=torch.long),
        ... )
        >>> radical = water.subgraph(torch.tensor([0, 1]))
        >>> stability([water, radical], ["H", "O"])
        {'n': 2, 'atom_stable': 0.8, 'molecule_stable': 0.5}
    """
    wanted = torch.tensor([float(valences.get(symbol, -1)) for symbol in symbols])
    num_graphs = num_atoms = atoms = molecules = 0
    for data in graphs:
        stable = stable_atoms(data, wanted)
        num_graphs += 1
        num_atoms += stable.numel()
        atoms += int(stable.sum())
        molecules += int(stable.numel() > 0 and bool(stable.all()))
    return {
        "n": num_graphs,
        "atom_stable": atoms / num_atoms if num_atoms else 0.0,
        "molecule_stable": molecules / num_graphs if num_graphs else 0.0,
    }


def stable_atoms(data: Data, wanted: Tensor) -> Tensor:
    r"""Which atoms of a graph have bond orders that sum to their valence.

    Args:
        data (Data): A graph as of :func:`stability`.
        wanted (torch.Tensor): The sum of each class :math:`(C)`.

    Returns:
        torch.Tensor: Booleans :math:`(N)`.
    """
    if data.x is None or data.edge_index is None:
        raise ValueError(f"'graphs' must have x and edge_index (got {data})")
    x = _classes("x", data.x, len(wanted))
    bonds = data.edge_index.new_zeros(0) if data.edge_attr is None else data.edge_attr
    bonds = _classes("edge_attr", bonds, len(ORDERS))
    if bonds.numel() != data.edge_index.size(1):
        raise ValueError(f"'graphs' must have a bond class for every edge (got {data})")
    orders = torch.tensor(ORDERS, device=x.device)[bonds]
    # Multiples of one half are exact in floating point, hence so is their comparison.
    total = orders.new_zeros(x.numel()).index_add(0, data.edge_index[0], orders)
    return total == wanted.to(x.device)[x]


def _classes(name: str, value: Tensor, number: int) -> Tensor:
    if value.dim() > 2 or (value.dim() == 2 and value.size(1) != 1) or value.is_floating_point():
        raise ValueError(
            f"'{name}' must hold classes, one integer a row "
            f"(got {value.dtype} of shape {list(value.shape)})"
        )
    value = value.flatten().long()
    if value.numel() and not 0 <= int(value.min()) <= int(value.max()) < number:
        raise ValueError(
            f"'{name}' must lie in 0..{number - 1} (got {int(value.min())}..{int(value.max())})"
        )
    return value
