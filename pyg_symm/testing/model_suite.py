"""Tests that a new model inherits."""

import copy
import pickle
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Batch, Data

from .arguments import Sizes
from .results import Reading, Results, leaves, same

Index = Tensor | slice


class ModelSuite:
    r"""The tests of a model on graphs, or on sets, to inherit from.

    A subclass names its model, builds a small one, and says how to call it on a batch. pytest then
    runs all tests in float32 and float64, on a batch of :meth:`graphs`.

    Examples:
        >>> from torch_geometric.nn import GIN, global_add_pool
        >>> class TestGIN(ModelSuite):
        ...     model = GIN
        ...
        ...     def build(self):
        ...         return GIN(self.in_channels, 8, num_layers=2, out_channels=3)
        ...
        ...     def call(self, model, batch):
        ...         h = model(batch.x, batch.edge_index)
        ...         return global_add_pool(h, batch.batch, size=batch.num_graphs)
        >>> TestGIN().test_batch_independence(torch.double)
    """

    model: type[torch.nn.Module]  # The class under test.
    in_channels = 5
    edge_dim: int | None = None
    compiles = False  # Whether `torch.compile(fullgraph=True)` is promised.
    takes_no_graphs = True  # Whether a batch without graphs has a result.
    silent: tuple[str, ...] = ()  # Parts of names of parameters whose gradient is zero by theory.
    tolerance = {torch.float32: 1e-4, torch.float64: 1e-9}

    def build(self) -> torch.nn.Module:
        """A small model, its parameters drawn from the global generator."""
        raise NotImplementedError

    def call(self, model: torch.nn.Module, batch: Batch) -> Any:
        """The result of the model: rows of nodes, edges or graphs, alone or nested."""
        kwargs = {} if self.edge_dim is None else {"edge_attr": batch.edge_attr}
        size = batch.num_graphs
        return model(batch.x, batch.edge_index, batch=batch.batch, batch_size=size, **kwargs)

    def graphs(self, dtype: torch.dtype) -> list[Data]:
        """A path, a disconnected graph, a single node, nodes without edges, a denser graph."""
        paths = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        parts = torch.tensor([[0, 1, 2, 3, 3, 4], [1, 0, 3, 2, 4, 3]])
        dense = torch.ones(6, 6).tril(-1).nonzero()[::2].t()
        none = torch.empty(2, 0, dtype=torch.long)
        shapes = [
            (3, paths),
            (5, parts),
            (1, none),
            (2, none),
            (6, torch.cat([dense, dense.flip(0)], 1)),
        ]
        generator = torch.Generator().manual_seed(0)

        def draw(rows: int, channels: int) -> Tensor:
            return torch.randn(rows, channels, generator=generator, dtype=torch.double).to(dtype)

        out = []
        for num, edge_index in shapes:
            data = Data(x=draw(num, self.in_channels), edge_index=edge_index)
            if self.edge_dim is not None:
                data.edge_attr = draw(edge_index.size(1), self.edge_dim)
            out.append(data)
        return out

    def pytest_generate_tests(self, metafunc: Any) -> None:
        if "dtype" in metafunc.fixturenames:
            metafunc.parametrize("dtype", list(self.tolerance), ids=str)

    # The tests ----------------------------------------------------------------

    def test_name_and_type(self, dtype: torch.dtype) -> None:
        model = self._built(dtype)
        assert type(model) is self.model
        assert repr(model).startswith(self.model.__name__)
        for out in self._tensors(self._run(model, self.graphs(dtype))):
            assert out.dtype == dtype, f"a result has the type {out.dtype}"
            assert bool(out.isfinite().all()), "a result is not finite"

    def test_runs_are_equal_and_leave_their_input(self, dtype: torch.dtype) -> None:
        model, batch = self._built(dtype), Batch.from_data_list(self.graphs(dtype))
        with torch.no_grad():
            expected = Results(self.call(model, batch), tol=0.0)
            expected.check(self.call(model, batch), "two calls")
        for key, value in Batch.from_data_list(self.graphs(dtype)).items():
            assert torch.equal(batch[key], value), f"'{key}' was written to"

    def test_state_dict(self, dtype: torch.dtype) -> None:
        model, other, graphs = self._built(dtype), self._built(dtype, seed=1), self.graphs(dtype)
        expected = Results(self._run(model, graphs), tol=0.0)
        other.load_state_dict(model.state_dict())
        expected.check(self._run(other, graphs), "a loaded 'state_dict'")

    def test_copies(self, dtype: torch.dtype) -> None:
        model, graphs = self._built(dtype), self.graphs(dtype)
        expected = Results(self._run(model, graphs), tol=0.0)
        expected.check(self._run(copy.deepcopy(model), graphs), "a deep copy")
        expected.check(self._run(pickle.loads(pickle.dumps(model)), graphs), "a pickled copy")

    def test_reset_parameters(self, dtype: torch.dtype) -> None:
        model = self._built(dtype)
        states = [copy.deepcopy(model.state_dict())]
        for _ in range(2):
            with torch.random.fork_rng():
                torch.manual_seed(12)
                model.reset_parameters()  # type: ignore[operator]
            states.append(copy.deepcopy(model.state_dict()))
        for key, value in states[2].items():
            assert torch.equal(states[1][key], value), f"'{key}' differs between two resets"
        drawn = [k for k in states[0] if not torch.equal(states[0][k], states[1][k])]
        weights = [k for k, p in model.named_parameters() if p.dim() > 1]
        assert set(weights) <= set(drawn), f"not reset: {sorted(set(weights) - set(drawn))}"

    def test_change_of_dtype(self, dtype: torch.dtype) -> None:
        model = self._built(dtype)
        out = self._run(model, self.graphs(dtype))
        other = torch.float64 if dtype == torch.float32 else torch.float32
        changed = self._run(model.to(other), self.graphs(other))
        back = [t.to(dtype) for t in self._tensors(changed)]
        Results(self._tensors(out), tol=self.tolerance[torch.float32]).check(
            back, "a change of type"
        )

    def test_relabelled_nodes(self, dtype: torch.dtype) -> None:
        model, graphs = self._built(dtype), self.graphs(dtype)
        expected = self._first(model, graphs, dtype)
        generator = torch.Generator().manual_seed(0)
        for _ in range(3):
            nodes = [torch.randperm(int(d.num_nodes or 0), generator=generator) for d in graphs]
            edges = [torch.randperm(d.num_edges, generator=generator) for d in graphs]
            parts = zip(graphs, nodes, edges, strict=True)
            out = self._run(model, [_relabel(*part) for part in parts])
            moves = _picks(_behind(nodes), _behind(edges), slice(None))
            expected.check(out, "relabelling the nodes is not followed", moves)

    def test_batch_independence(self, dtype: torch.dtype) -> None:
        model, graphs = self._built(dtype), self.graphs(dtype)
        expected = self._first(model, graphs, dtype)
        node = edge = 0
        for i, data in enumerate(graphs):
            rows = slice(node, node + int(data.num_nodes or 0))
            lines = slice(edge, edge + data.num_edges)
            node, edge = rows.stop, lines.stop
            moves = _picks(rows, lines, slice(i, i + 1))
            expected.check(self._run(model, [data]), f"graph {i} differs alone", moves)

    def test_no_graphs(self, dtype: torch.dtype) -> None:
        if self.takes_no_graphs:
            model, graphs = self._built(dtype), self.graphs(dtype)
            batch = Batch.from_data_list(graphs)
            for key, value in batch.items():
                batch[key] = value.narrow(batch.__cat_dim__(key, value) or 0, 0, 0)
            batch.ptr, batch._num_graphs = torch.zeros(1, dtype=torch.long), 0
            with torch.no_grad():
                outs = self._tensors(self.call(model, batch))
            for out, usual in zip(outs, self._tensors(self._run(model, graphs)), strict=True):
                assert out.shape == (0, *usual.shape[1:]), f"no graphs give {list(out.shape)}"

    def test_gradients_reach_all_parameters(self, dtype: torch.dtype) -> None:
        model = self._built(dtype)
        loss = self._loss(model, self.graphs(dtype))
        loss.backward()
        for name, parameter in model.named_parameters():
            grad = parameter.grad
            if not any(part in name for part in self.silent):
                assert grad is not None and bool(grad.any()), f"'{name}' gets no gradient"
            assert grad is None or bool(grad.isfinite().all()), f"'{name}' has no finite gradient"

    def test_training_lowers_the_loss(self, dtype: torch.dtype) -> None:
        model, graphs = self._built(dtype).train(), self.graphs(dtype)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
        losses = []
        for _ in range(12):
            optimizer.zero_grad()
            with torch.random.fork_rng():
                torch.manual_seed(0)
                loss = self._loss(model, graphs)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        assert losses[-1] < losses[0], f"the loss went from {losses[0]} to {losses[-1]}"

    def test_compiles(self, dtype: torch.dtype) -> None:
        if self.compiles:
            model, graphs = self._built(dtype), self.graphs(dtype)
            expected = self._first(model, graphs, dtype)
            torch._dynamo.reset()
            compiled = torch.compile(model, fullgraph=True, backend="aot_eager")
            both = {"node": same, "edge": same, "graph": same}
            expected.check(self._run(compiled, graphs), "compiled", both)

    # What they share ----------------------------------------------------------

    def _built(self, dtype: torch.dtype, seed: int = 0) -> torch.nn.Module:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return self.build().to(dtype).eval()

    @torch.no_grad()
    def _run(self, model: Any, graphs: list[Data]) -> Any:
        return self.call(model, Batch.from_data_list(graphs))

    def _first(self, model: torch.nn.Module, graphs: list[Data], dtype: torch.dtype) -> Results:
        nodes = sum(int(data.num_nodes or 0) for data in graphs)
        sizes = Sizes(nodes, sum(data.num_edges for data in graphs), len(graphs))
        return Results(self._run(model, graphs), sizes, self.tolerance[dtype], whole=False)

    def _loss(self, model: torch.nn.Module, graphs: list[Data]) -> Tensor:
        generator = torch.Generator().manual_seed(0)
        loss = torch.zeros(())
        for out in self._tensors(self.call(model, Batch.from_data_list(graphs))):
            target = torch.randn(out.shape, generator=generator, dtype=torch.double)
            loss = loss + (out - target.to(out.dtype)).square().mean()
        return loss

    @staticmethod
    def _tensors(out: Any) -> list[Tensor]:
        return [t for t in leaves(out)[0] if isinstance(t, Tensor) and t.is_floating_point()]


def _picks(nodes: Index, edges: Index, graphs: slice) -> dict[str, Reading]:
    return {"node": lambda a: a[nodes], "edge": lambda a: a[edges], "graph": lambda a: a[graphs]}


def _relabel(data: Data, nodes: Tensor, edges: Tensor) -> Data:
    """A graph with its nodes and edges in another order."""
    label = torch.empty_like(nodes)
    label[nodes] = torch.arange(nodes.numel())
    out = copy.copy(data)
    for key, value in data.items():
        if key == "edge_index":
            out[key] = label[value[:, edges]]
        elif isinstance(value, Tensor) and data.is_edge_attr(key):
            out[key] = value[edges]
        elif isinstance(value, Tensor) and data.is_node_attr(key):
            out[key] = value[nodes]
    return out


def _behind(orders: list[Tensor]) -> Tensor:
    """Orders within graphs as one order of the whole batch."""
    start, out = 0, []
    for order in orders:
        out.append(order + start)
        start += order.numel()
    return torch.cat(out)
