"""Scalars and vectors of features that are functions on the sphere."""

from torch import Tensor, nn

from .degree_linear import DegreeLinear
from .gate import Gate
from .sheets import fit


class ReadOut(nn.Module):
    r"""A gated network from features to scalars and vectors.

    Args:
        channels (int): The number of channels :math:`C`.
        sheets (int): The sheets that are read: 1, or 2 for pseudo-scalars and pseudo-vectors, too,
            so that mirror images may have other results.
        out_channels (int): The number of scalars.
        out_vectors (int): The number of vectors.

    Shapes:
        - **input:** features :math:`(N, S, C, d)`, of degree 1 or more if there are vectors
        - **output:** scalars :math:`(N, F)` and vectors :math:`(N, V, 3)`
    """

    def __init__(self, channels: int, sheets: int, out_channels: int, out_vectors: int) -> None:
        super().__init__()
        self.lmax, self.sheets = int(out_vectors > 0), sheets
        self.lin = DegreeLinear(channels, channels, self.lmax, sheets)
        self.gate = Gate(channels, self.lmax, sheets)
        self.lin_scalars = self.lin_vectors = None
        if out_channels > 0:
            self.lin_scalars = nn.Linear(sheets * channels, out_channels)
        if out_vectors > 0:
            self.lin_vectors = nn.Linear(sheets * channels, out_vectors, bias=False)

    def reset_parameters(self) -> None:
        r"""Resets all learnable parameters of the module."""
        for module in (self.lin, self.gate, self.lin_scalars, self.lin_vectors):
            if module is not None:
                module.reset_parameters()

    def forward(self, h: Tensor) -> tuple[Tensor, Tensor]:
        """"""  # noqa: D419
        h = self.gate(self.lin(fit(h, self.lmax, self.sheets))).flatten(1, 2)
        scalars, vectors = h[:, :0, 0], h.new_zeros(h.size(0), 0, 3)
        if self.lin_scalars is not None:
            scalars = self.lin_scalars(h[:, :, 0])
        if self.lin_vectors is not None:
            vectors = self.lin_vectors(h[:, :, 1:].transpose(1, 2)).transpose(1, 2)
        return scalars, vectors
