import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch_geometric import nn as pyg

from pyg_symm.weights import merge_features, trace_spec, unmergeable
from pyg_symm.weights.features.graph import module_graph, used_apart


class Branching(nn.Linear):
    def forward(self, x):
        return super().forward(x) if bool(x.sum() > 0) else x


def targets(model):
    graph = module_graph(model)
    return graph and [node.target for node in graph.nodes if node.op == "call_module"]


def test_layers_of_graph_networks_are_calls():
    found = targets(pyg.GCN(3, 4, 2, norm="batch_norm"))
    assert found[:3] == ["convs.0", "norms.0", "act"]
    assert targets(pyg.MLP([3, 4, 2]))[:3] == ["lins.0", "norms.0", "act"]


def test_models_that_cannot_be_traced_have_none():
    assert module_graph(nn.Sequential(Branching(3, 3), nn.ReLU())) is None
    assert module_graph(Branching(3, 3)) is None


class Tied(nn.Module):
    """The last layer reads the units that the table of the embedding writes."""

    def __init__(self, product):
        super().__init__()
        self.product = product
        self.emb, self.up, self.down = nn.Embedding(5, 4), nn.Linear(4, 6), nn.Linear(6, 4)

    def forward(self, index):
        return self.product(self.down(self.up(self.emb(index)).relu()), self.emb.weight)


class Twice(nn.Module):
    """A layer is called, and its function is."""

    def __init__(self):
        super().__init__()
        self.lin, self.out = nn.Linear(3, 4), nn.Linear(4, 2)

    def forward(self, x):
        return self.out(self.lin(x) + F.linear(x.relu(), self.lin.weight, bias=self.lin.bias))


@pytest.mark.parametrize("product", [F.linear, lambda x, table: x @ table.t()])
def test_tied_layers_that_are_functions_are_not_merged(product):
    model, index = Tied(product), torch.tensor([[0, 3, 1]])
    assert used_apart(model, module_graph(model)) == ["emb.weight"]
    spec = trace_spec(model, index)
    assert spec.classes == {"down": 4, "up": 6}
    with pytest.raises(ValueError, match="'emb.weight': it is also used apart from its layer"):
        merge_features(model, spec, 0.1)
    spec = spec.freeze(*unmergeable(model, spec))
    widths = merge_features(model, spec, 1.0).widths
    assert list(widths) == ["up"] and widths["up"] < 6


def test_functions_of_a_layer_use_it_as_it_does():
    assert used_apart(Twice(), module_graph(Twice())) == []
    spec = trace_spec(Twice(), torch.randn(2, 3))
    assert merge_features(Twice(), spec, 1.0).widths["lin"] < 4


class Written(nn.Module):
    """A layer whose product is written in another way, or whose weight is asked for its type."""

    def __init__(self, product):
        super().__init__()
        self.product = product
        self.lin, self.out = nn.Linear(3, 6), nn.Linear(6, 2)
        with torch.no_grad():  # Pairs of units that do the same.
            self.lin.weight[3:], self.lin.bias[3:] = self.lin.weight[:3], self.lin.bias[:3]
            self.out.weight[:, 3:] = self.out.weight[:, :3]

    def forward(self, x):
        return self.out(self.product(self.lin, x).relu())


@pytest.mark.parametrize(
    "product",
    [
        lambda lin, x: lin(x.to(lin.weight.dtype)),
        lambda lin, x: lin(x.to(lin.weight)) + lin.weight.new_zeros(1),
        lambda lin, x: x @ lin.weight.t() + lin.bias,
        lambda lin, x: torch.addmm(lin.bias, x, lin.weight.T),
    ],
)
def test_products_and_types_are_no_other_use(product):
    model, x = Written(product).double(), torch.randn(4, 3).double()
    assert used_apart(model, module_graph(model)) == []
    result = merge_features(model, trace_spec(model, x), 1e-6)
    assert result.widths == {"lin": 3}
    torch.testing.assert_close(result.model(x), model(x))


@pytest.mark.parametrize(
    ("product", "name"),
    [
        (lambda lin, x: lin(x) @ lin.weight @ lin.weight.t(), "lin.weight"),
        (lambda lin, x: lin(x) * lin.bias, "lin.bias"),
        (lambda lin, x: lin(x) / lin.weight.shape[0], "lin.weight"),
        (lambda lin, x: lin(lin.weight.t().sum(1)) + lin(x), "lin.weight"),
    ],
)
def test_other_uses_of_a_layer(product, name):
    model = Written(product)
    assert used_apart(model, module_graph(model)) == [name]
    with pytest.raises(ValueError, match=f"'{name}': it is also used apart from its layer"):
        merge_features(model, trace_spec(model, torch.randn(4, 3)), 0.1)


class Halved(nn.Linear):
    """A layer of a user's, with a forward pass of its own."""

    def forward(self, x):
        return F.linear(x, self.weight * 0.5, self.bias)


def test_layers_may_have_a_forward_pass_of_their_own():
    model, x = Written(lambda lin, x: lin(x)).double(), torch.randn(4, 3).double()
    state, model.lin = model.lin.state_dict(), Halved(3, 6).double()
    model.lin.load_state_dict(state)
    assert used_apart(model, module_graph(model)) == []
    result = merge_features(model, trace_spec(model, x), 1e-6)
    assert result.widths == {"lin": 3}
    torch.testing.assert_close(result.model(x), model(x))
    model.product = lambda lin, x: lin(x) + lin(2 * x)
    assert used_apart(model, module_graph(model)) == []
    model.product = lambda lin, x: lin(x) * lin.weight.sum()
    assert used_apart(model, module_graph(model)) == ["lin.weight"]


def test_the_function_of_a_table_uses_it_as_the_table_does():
    model = nn.Sequential(nn.Embedding(5, 4), nn.Linear(4, 2))
    model.forward = lambda index: model[1](F.embedding(index, model[0].weight))
    assert used_apart(model, module_graph(model)) == []


def test_state_dicts_are_no_models():
    with pytest.raises(ValueError, match="'model' must be a torch.nn.Module .got OrderedDict"):
        merge_features(Twice().state_dict(), trace_spec(Twice(), torch.randn(2, 3)), 0.1)
