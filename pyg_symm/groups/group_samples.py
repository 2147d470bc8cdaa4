"""Samples of a group, which travel with the features that they index."""

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from .matrix_group import MatrixGroup
from .symmetric_matrices import determinant, matrix_product


@dataclass(frozen=True, eq=False)
class GroupSamples:
    r"""Elements of a group, their inverses and their weights in a mean over the group.

    .. math::
        \int f(\mathbf{A}) \, d\mu(\mathbf{A}) \approx \sum_i w_i f(\mathbf{A}_i), \qquad
        \sum_i w_i = 1

    Args:
        elements (torch.Tensor): Matrices :math:`\mathbf{A}_i` :math:`(N_H, n, n)`.
        inverses (torch.Tensor): Their inverses :math:`(N_H, n, n)`.
        log_weights (torch.Tensor): :math:`\log w_i` :math:`(N_H)`.
        group (MatrixGroup, optional): The group they belong to; layers of another group refuse
            them. Without it, layers check whether the elements are in their group.

    Raises:
        ValueError: If shapes or types do not agree, or there is no element.

    Examples:
        >>> from pyg_symm.groups import SO
        >>> samples = SO(2).sample(4)
        >>> samples
        GroupSamples(SO(2), 4)
        >>> samples.elements[1]
        tensor([[ 0., -1.],
                [ 1.,  0.]])
    """

    elements: Tensor
    inverses: Tensor
    log_weights: Tensor
    group: MatrixGroup | None = None

    def __post_init__(self) -> None:
        num, n = self.elements.size(0), self.elements.size(-1)
        n = n if self.group is None else self.group.n
        shapes = {"elements": (num, n, n), "inverses": (num, n, n), "log_weights": (num,)}
        for name, shape in shapes.items():
            given = getattr(self, name)
            if given.shape != shape or given.dtype != self.elements.dtype:
                got = f"{list(given.shape)}, {given.dtype}"
                want = f"{list(shape)} and type {self.elements.dtype}"
                raise ValueError(f"'{name}' must be of shape {want} (got {got})")
        if num == 0:
            raise ValueError("'elements' must not be empty (got 0 samples)")

    @property
    def weights(self) -> Tensor:
        r"""The weights :math:`w_i` :math:`(N_H)`."""
        return self.log_weights.exp()

    @property
    def log_abs_det(self) -> Tensor:
        r""":math:`\log |\det \mathbf{A}_i|` :math:`(N_H)`."""
        if self.group is None:
            return determinant(self.elements).abs().log()
        return self.group.log_abs_det(self.elements)

    @property
    def affine_weights(self) -> Tensor:
        r"""The weights of elements in means over the affine group, which also has translations:
        :math:`w_i / |\det \mathbf{A}_i|` :math:`(N_H)`.
        """
        return torch.exp(self.log_weights - self.log_abs_det)

    @property
    def effective_sample_size(self) -> Tensor:
        r""":math:`1 / \sum_i w_i^2`, from one to :math:`N_H` for equal weights."""
        return torch.exp(-torch.logsumexp(2 * self.log_weights, dim=0))

    def to(self, *args: Any, **kwargs: Any) -> "GroupSamples":
        """The same on another device or of another type, as :meth:`torch.Tensor.to`.

        In a finer type, inverses are those of the rounded elements, and weights sum to one again.
        """
        names = ("elements", "inverses", "log_weights")
        out = {name: getattr(self, name).to(*args, **kwargs) for name in names}
        if out["elements"].element_size() > self.elements.element_size():
            out["inverses"] = torch.linalg.inv(out["elements"])
            out["log_weights"] = out["log_weights"].log_softmax(0)
        return replace(self, **out)

    def translate(self, h: Tensor) -> "GroupSamples":
        r"""The samples :math:`\mathbf{h} \mathbf{A}_i`, with the same weights.

        Args:
            h (torch.Tensor): An element of the group :math:`(n, n)`.
        """
        if self.group is not None:
            self.group.check(h, "h")
        h = h.to(self.elements)
        back = torch.linalg.inv(h) if self.group is None else self.group.inverse(h)
        return replace(
            self,
            elements=matrix_product(h, self.elements),
            inverses=matrix_product(self.inverses, back),
        )

    def __len__(self) -> int:
        return self.elements.size(0)

    def __repr__(self) -> str:
        group = "" if self.group is None else f"{self.group}, "
        return f"GroupSamples({group}{len(self)})"


def check_samples(samples: Any, group: MatrixGroup, name: str) -> None:
    """Refuses what are not samples of a group.

    Raises:
        ValueError: If they belong to another group, or are no samples at all. Elements are looked
            at only if the samples do not say their group.
    """
    if not isinstance(samples, GroupSamples):
        got = type(samples).__name__
        raise ValueError(f"'{name}' must be samples of {group}, as {group}.sample (got {got})")
    if samples.group is None:
        group.check(samples.elements, f"{name}.elements")
    elif samples.group != group:
        raise ValueError(f"'{name}' must be samples of {group} (got {samples!r})")
