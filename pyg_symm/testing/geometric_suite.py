"""Tests that a new model on points in space inherits."""

from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Batch, Data

from .equivariance import assert_equivariant_under
from .model_suite import ModelSuite


class GeometricModelSuite(ModelSuite):
    r"""The tests of :class:`ModelSuite`, and those of a model of points in space.

    The graphs get positions ``pos`` and vectors ``vec``. The model must commute with the motions
    that it names, and have finite first and second derivatives by the positions, with
    self-loops and coincident points too.

    Examples:
        >>> class Centred(torch.nn.Module):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.lin = torch.nn.Linear(5, 1)
        ...
        ...     def forward(self, x, pos, edge_index):
        ...         row, col = edge_index
        ...         force = self.lin(x)[row] * (pos[row] - pos[col])
        ...         return torch.zeros_like(pos).index_add(0, col, force)
        >>> class TestCentred(GeometricModelSuite):
        ...     model = Centred
        ...     outputs = "vector"
        ...
        ...     def build(self):
        ...         return Centred()
        ...
        ...     def call(self, model, batch):
        ...         return model(batch.x, batch.pos, batch.edge_index)
        >>> TestCentred().test_motions(torch.double)
    """

    dim = 3
    in_vectors = 0
    # Groups of motions by name, or matrices of a finite group; see `assert_equivariant_under`.
    symmetries: tuple[str | Tensor, ...] = ("E(3)",)
    outputs: Any = "scalar"  # The role of the result, nested like it.
    autocasts = True  # Whether it keeps its accuracy under bfloat16 autocast.
    takes_coincident_points = True  # Otherwise it must raise a `ValueError`.
    symmetry_tolerance = {torch.float32: 1e-4, torch.float64: 1e-11}

    def call(self, model: torch.nn.Module, batch: Batch) -> Any:
        vec = {} if self.in_vectors == 0 else {"vec": batch.vec}
        return model(batch.x, batch.pos, batch.edge_index, batch=batch.batch, **vec)

    def graphs(self, dtype: torch.dtype) -> list[Data]:
        """Those of :class:`ModelSuite`, with positions and vectors."""
        generator = torch.Generator().manual_seed(1)

        def draw(*size: int) -> Tensor:
            return torch.randn(size, generator=generator, dtype=torch.double).to(dtype)

        out = super().graphs(dtype)
        for data in out:
            num = int(data.num_nodes or 0)
            data.pos = 1.5 * draw(num, self.dim)
            if self.in_vectors > 0:
                data.vec = draw(num, self.in_vectors, self.dim)
        return out

    # The tests ----------------------------------------------------------------

    def test_motions(self, dtype: torch.dtype) -> None:
        self._assert_motions(self._built(dtype), self.graphs(dtype), dtype)

    def test_positions_matter(self, dtype: torch.dtype) -> None:
        model, graphs = self._built(dtype), self.graphs(dtype)
        outs = self._tensors(self._run(model, graphs))
        for data in graphs:
            data.pos = 1.3 * data.pos
        others = self._tensors(self._run(model, graphs))
        same = [torch.allclose(a, b, rtol=1e-4) for a, b in zip(outs, others, strict=True)]
        assert not all(same), "the result does not depend on the positions"

    def test_derivatives(self, dtype: torch.dtype) -> None:
        graphs = self.graphs(dtype)
        for data in graphs:
            loops = torch.arange(int(data.num_nodes or 0)).expand(2, -1)
            if self.edge_dim is None:
                data.edge_index = torch.cat([data.edge_index, loops], dim=1)
        self._assert_derivatives(self._built(dtype), graphs)

    def test_coincident_points(self, dtype: torch.dtype) -> None:
        model, graphs = self._built(dtype), self.graphs(dtype)
        for data in graphs:
            data.pos = data.pos[:1].expand_as(data.pos).clone()
        if self.takes_coincident_points:
            self._assert_derivatives(model, graphs)
            self._assert_motions(model, graphs, dtype)
        else:
            try:
                self._run(model, graphs)
            except ValueError:
                return
            raise AssertionError("coincident points are not refused")

    def test_nothing_is_left_behind(self, dtype: torch.dtype) -> None:
        """Another graph in between changes nothing."""
        model, graphs = self._built(dtype), self.graphs(dtype)
        outs = self._tensors(self._run(model, graphs))
        self._run(model, graphs[:1])
        for a, b in zip(outs, self._tensors(self._run(model, graphs)), strict=True):
            assert torch.equal(a, b), "an earlier call changes the result"

    def test_autocast(self, dtype: torch.dtype) -> None:
        if not self.autocasts or dtype != torch.float32:
            return
        model, graphs = self._built(dtype), self.graphs(dtype)
        outs = self._tensors(self._run(model, graphs))
        with torch.autocast("cpu", torch.bfloat16):
            others = self._tensors(self._run(model, graphs))
            self._assert_derivatives(model, graphs)
        for a, b in zip(outs, others, strict=True):
            error = float((a - b).norm() / a.norm())
            assert error < 0.05, f"autocast changes the result by {error:.1%}"

    # What they share ----------------------------------------------------------

    def _assert_motions(
        self, model: torch.nn.Module, graphs: list[Data], dtype: torch.dtype
    ) -> None:
        batch = Batch.from_data_list(graphs)

        def function(**moved: Tensor) -> Any:
            other = batch.clone()
            for name, value in moved.items():
                other[name] = value
            with torch.no_grad():
                return self.call(model, other)

        inputs = {"pos": batch.pos} | ({"vec": batch.vec} if self.in_vectors > 0 else {})
        for elements in self.symmetries:
            tol = self.symmetry_tolerance[dtype]
            assert_equivariant_under(function, inputs, elements, self.outputs, tol=tol)

    def _assert_derivatives(self, model: torch.nn.Module, graphs: list[Data]) -> None:
        batch = Batch.from_data_list(graphs)
        batch.pos = batch.pos.requires_grad_()
        loss = torch.zeros(())
        for out in self._tensors(self.call(model, batch)):
            assert bool(out.isfinite().all()), "a result is not finite"
            loss = loss + out.sin().sum()
        names = [name for name, p in model.named_parameters() if p.requires_grad]
        wrt = [batch.pos, *(p for p in model.parameters() if p.requires_grad)]
        first = torch.autograd.grad(loss, wrt, create_graph=True, allow_unused=True)
        for name, grad in zip(["positions", *names], first, strict=True):
            finite = grad is None or bool(grad.isfinite().all())
            assert finite, f"the gradient of '{name}' is not finite"
        force = first[0]
        assert force is not None, "the positions get no gradient"
        if force.requires_grad:
            second = torch.autograd.grad(force.square().sum(), wrt, allow_unused=True)
            for name, grad in zip(["positions", *names], second, strict=True):
                finite = grad is None or bool(grad.isfinite().all())
                assert finite, f"the second derivative by '{name}' is not finite"
