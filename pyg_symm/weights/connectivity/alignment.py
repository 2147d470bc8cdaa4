"""How far singular vectors of two networks agree."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ..spec import PermutationSpec
from .states import State, check_pair


@dataclass(frozen=True)
class LayerAlignment:
    r"""Singular values and vectors of one layer in two networks.

    Args:
        values_a (torch.Tensor): Singular values in ``a`` :math:`(R_a)`, from the largest.
        values_b (torch.Tensor): Singular values in ``b`` :math:`(R_b)`.
        products (torch.Tensor): Inner products of left vectors times those of right vectors
            :math:`(R_a, R_b)`.
    """

    values_a: Tensor
    values_b: Tensor
    products: Tensor

    def counts(self, gamma: float) -> tuple[int, int]:
        r"""How many singular values are at least :math:`\gamma` times the largest one."""
        first, second = (
            int((values >= gamma * values.max()).sum()) if values.numel() > 0 else 0
            for values in (self.values_a, self.values_b)
        )
        return first, second

    def alignment(self, gamma: float) -> float:
        r"""The sum over dominant directions, divided by the root of the product of their numbers.

        Zero if there are none.
        """
        total, size = self.parts(gamma)
        return total / size if size > 0 else 0.0

    def parts(self, gamma: float) -> tuple[float, float]:
        """The numerator and the denominator of :meth:`alignment`."""
        first, second = self.counts(gamma)
        return float(self.products[:first, :second].sum()), (first * second) ** 0.5

    @property
    def inner_product(self) -> float:
        """The inner product of both matrices."""
        return float(self.values_a @ self.products @ self.values_b)

    @property
    def cosine(self) -> float:
        """The inner product divided by both norms, which no permutation changes."""
        size = float(self.values_a.norm() * self.values_b.norm())
        return self.inner_product / size if size > 0 else 0.0

    @property
    def share(self) -> float:
        r"""The inner product divided by :math:`\sum_i s_i^a s_i^b`, the most that is possible."""
        num = min(self.values_a.numel(), self.values_b.numel())
        most = float(self.values_a[:num] @ self.values_b[:num])
        return self.inner_product / most if most > 0 else 0.0

    def curve(self) -> list[float]:
        """The alignment of the first 1, 2, ... directions of both."""
        num = min(self.products.shape)
        sums = self.products[:num, :num].cumsum(0).cumsum(1).diagonal()
        return (sums / torch.arange(1, num + 1, dtype=sums.dtype)).tolist()


def singular_alignment(spec: PermutationSpec, a: State, b: State, gamma: float = 0.3) -> float:
    r"""How far the dominant singular vectors of two networks agree, over all layers.

    .. math::
        R_\gamma = \frac{\sum_\ell \sum_{i \in G_\ell^a, j \in G_\ell^b} (u_i^a \cdot u_j^b) (v_i^a
        \cdot v_j^b)}{\sum_\ell \sqrt{|G_\ell^a| |G_\ell^b|}}, \quad
        G_\ell = \{ i : s_i \ge \gamma \, s_{\max} \}

    from `"Analysis of Linear Mode Connectivity via Permutation-Based Weight Matching"
    <https://arxiv.org/abs/2402.04051>`_. A permutation rotates singular vectors and leaves singular
    values alone; weight matching turns the vectors of large singular values towards each other. It
    is 1 for a network and itself and never outside of :math:`[-1, 1]`. Signs of singular vectors
    cancel. Kernels of convolutions become matrices ``[out, in * kernel]``.

    Args:
        spec (PermutationSpec): The specification of the networks. Matrices that have units of a
            class on an axis and are scored count as layers.
        a (dict): A state dict.
        b (dict): Another one; apply the permutation to it before.
        gamma (float, optional): The threshold :math:`\gamma` in :math:`[0, 1]`. Directions of
            singular values that are zero never count. (default: :obj:`0.3`)

    Returns:
        float: The alignment, computed in float64.

    Raises:
        ValueError: If the state dicts do not fit to the specification, hold NaN, or have no layer
            that is not zero, or if the threshold is outside of :math:`[0, 1]`.

    Examples:
        >>> from pyg_symm.weights import mlp_spec
        >>> layers = torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2)
        >>> a = torch.nn.Sequential(*layers).state_dict()
        >>> round(singular_alignment(mlp_spec([4, 8, 2]), a, a), 6)
        1.0
    """
    if not 0 <= gamma <= 1:
        raise ValueError(f"'gamma' must be in [0, 1] (got {gamma})")
    parts = [layer.parts(gamma) for layer in layer_alignments(spec, a, b).values()]
    total = sum(size for _, size in parts)
    if total == 0:
        raise ValueError("'a' and 'b' must share a layer that is not zero (got none)")
    return sum(value for value, _ in parts) / total


def layer_alignments(spec: PermutationSpec, a: State, b: State) -> dict[str, LayerAlignment]:
    r"""Singular values and vectors of all layers of two networks.

    Args:
        spec (PermutationSpec): The specification of the networks.
        a (dict): A state dict.
        b (dict): Another one; apply the permutation to it before.

    Returns:
        dict: One :class:`LayerAlignment` for the name of each tensor that is a layer.

    Raises:
        ValueError: As for :func:`singular_alignment`.
    """
    check_pair(a, b)
    for state in (a, b):
        spec.validate(state)
    found = {name: _align(spec, name, a[name], b[name]) for name in layer_names(spec, a)}
    if not found:
        raise ValueError(f"'spec' must have a matrix with a class (got {list(spec.axes)})")
    return found


def layer_names(spec: PermutationSpec, state: State) -> list[str]:
    r"""Tensors with at least two dimensions that are scored and have a class on an axis.

    Vectors that are stored with more dimensions, such as ``att_src`` of
    :class:`~torch_geometric.nn.GATConv`, are left out.
    """
    names = []
    for name, axes in spec.axes.items():
        classes = [atom.name for axis in axes for part in axis for atom in part if atom.name]
        if name in spec.unscored or not classes or state[name].dim() < 2:
            continue
        if state[name].dim() == 2 or min(_matrix(spec, name, state[name]).shape) > 1:
            names.append(name)
    return names


def _matrix(spec: PermutationSpec, name: str, value: Tensor) -> Tensor:
    """A tensor as a matrix: the rows are its first axis."""
    value = value.detach().to("cpu", torch.promote_types(value.dtype, torch.float64))
    return (value if value.dim() == 2 else spec.view(name, value)).flatten(1)


def _align(spec: PermutationSpec, name: str, a: Tensor, b: Tensor) -> LayerAlignment:
    parts = []
    kind = torch.promote_types(a.dtype, b.dtype)
    for value in (a.to(kind), b.to(kind)):
        u, s, vh = torch.linalg.svd(_matrix(spec, name, value), full_matrices=False)
        # Vectors of singular values that are zero are arbitrary.
        kept = s > s.max() * max(u.size(0), vh.size(1)) * torch.finfo(s.dtype).eps
        parts.append((u[:, kept], s[kept], vh[kept]))
    (u_a, s_a, v_a), (u_b, s_b, v_b) = parts
    agreement = (u_a.mH @ u_b) * (v_a @ v_b.mH).conj()
    return LayerAlignment(s_a, s_b, agreement.real)
