import pytest
import torch
import torch_geometric.nn as pyg
from torch import nn

from pyg_symm.weights.lora import (
    Adapter,
    Layout,
    adapter_of,
    add_lora,
    apply_adapter,
    concat_adapters,
    load_adapter,
    save_adapter,
)

EDGES = torch.tensor([[0, 1, 2, 3, 1], [1, 2, 3, 0, 0]])


def inputs():
    return torch.randn(4, 8, generator=torch.Generator().manual_seed(0)), EDGES


def networks():
    torch.manual_seed(0)
    return [pyg.GCN(8, 16, 2), pyg.GAT(8, 16, 2), pyg.GraphSAGE(8, 16, 2), pyg.GIN(8, 16, 2)]


def train(model, steps=10):
    x, edges = inputs()
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=0.01)
    losses = []
    for _ in range(steps):
        loss = (model(x, edges) - 1).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("model", networks(), ids=lambda model: type(model).__name__)
def test_graph_networks_are_adapted(model, tmp_path):
    before = {name: value.clone() for name, value in model.state_dict().items()}
    adapted = add_lora(model, rank=2, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(adapted(*inputs()), model(*inputs()))
    losses = train(adapted)
    assert losses[-1] < losses[0]
    save_adapter(adapter_of(adapted), tmp_path)
    again = apply_adapter(model, load_adapter(tmp_path))
    torch.testing.assert_close(again(*inputs()), adapted(*inputs()))
    assert (again(*inputs()) - model(*inputs())).abs().max() > 1e-3
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name])


def test_only_factors_of_targets_are_trained():
    model = nn.ModuleDict({"q": nn.Linear(8, 8), "k": nn.Linear(8, 8), "o": nn.Linear(8, 8)})
    adapted = add_lora(model, ["q", "[k]"], rank=2, alpha=8)
    trained = {name for name, p in adapted.named_parameters() if p.requires_grad}
    assert trained == {f"{n}.parametrizations.weight.0.{x}" for n in "qk" for x in "AB"}
    assert list(adapter_of(adapted)) == ["q", "k"]
    assert adapter_of(adapted)["q"].scaling == 4.0
    rooted = add_lora(model, ["q"], rank=4, alpha=8, use_rslora=True)
    assert adapter_of(rooted)["q"].scaling == 4.0
    assert "LoraUpdate(8, 8, rank=2, scaling=4)" in repr(adapted)


def test_the_adapter_is_a_copy():
    adapted = add_lora(pyg.GCN(8, 16, 2), rank=2)
    adapter = adapter_of(adapted)
    train(adapted)
    assert not adapter["convs.0.lin"].B.any() and not adapter["convs.0.lin"].A.requires_grad


def test_factors_depend_on_the_generator_only():
    model = pyg.GCN(8, 16, 2)
    draws = [
        adapter_of(add_lora(model, rank=2, generator=torch.Generator().manual_seed(seed)))
        for seed in (0, 0, 1)
    ]
    first, same, other = (draw["convs.0.lin"].A for draw in draws)
    assert torch.equal(first, same) and not torch.equal(first, other)


@pytest.mark.parametrize(
    "module, layout",
    [
        (nn.Linear(18, 5), Layout()),
        (nn.Conv2d(2, 5, 3), Layout("conv", (2, 3, 3))),
        (nn.Embedding(18, 5), Layout("embedding")),
    ],
)
def test_weights_of_all_layouts_are_updated(module, layout):
    a, b = torch.randn(2, 18), torch.randn(5, 2)
    adapter = Adapter({"0": (a, b, 2.0)}, layouts={"0": layout})
    adapted = apply_adapter(nn.Sequential(module), adapter, scale=0.5)
    change = adapted[0].weight - module.weight
    flat = change.T if layout.kind == "embedding" else change.flatten(1)
    torch.testing.assert_close(flat, b @ a)


def test_transposed_weights():
    adapter = Adapter(
        {"0": (torch.ones(1, 3), torch.ones(2, 1), 1.0)}, options={"fan_in_fan_out": True}
    )
    model = nn.Sequential(nn.Linear(2, 3))  # As if it held the transpose.
    torch.testing.assert_close(apply_adapter(model, adapter)[0].weight, model[0].weight + 1)


def test_sums_of_adapters_are_sums_of_updates():
    model = pyg.GCN(8, 16, 2)
    one, two = (add_lora(model, rank=2) for _ in range(2))
    train(one), train(two)
    both = apply_adapter(model, concat_adapters([adapter_of(one), adapter_of(two)]))
    twice = apply_adapter(apply_adapter(model, adapter_of(one)), adapter_of(two))
    torch.testing.assert_close(both(*inputs()), twice(*inputs()))


@pytest.mark.parametrize(
    "model, options, message",
    [
        (nn.Linear(4, 4), {"targets": ["q"]}, "'targets' must match linear layers .*got 'q'"),
        (nn.Sequential(nn.Linear(4, 8)), {"rank": 5}, r"of '0', \(8, 4\) \(got 5\)"),
        (nn.Sequential(nn.Linear(4, 8)), {"rank": 0}, r"of '0', \(8, 4\) \(got 0\)"),
        (nn.Sequential(pyg.Linear(-1, 8)), {"rank": 2}, "'0' must be initialised"),
        (
            add_lora(nn.Sequential(nn.Linear(4, 4)), rank=1),
            {"rank": 1},
            "'0' must not be parametrized",
        ),
    ],
)
def test_layers_that_do_not_fit_are_named(model, options, message):
    with pytest.raises(ValueError, match=message):
        add_lora(model, **options)


def test_adapters_that_do_not_fit_are_named():
    adapter = Adapter({"lin": (torch.ones(1, 3), torch.ones(2, 1), 1.0)})
    with pytest.raises(ValueError, match="must have a weight 'lin.weight'"):
        apply_adapter(nn.Linear(3, 2), adapter)
    with pytest.raises(ValueError, match=r"update of 'lin' .*\(got \(2, 3\) and \(3, 2\)\)"):
        apply_adapter(nn.ModuleDict({"lin": nn.Linear(2, 3)}), adapter)
    with pytest.raises(ValueError, match="must have updates of 'add_lora'"):
        adapter_of(nn.Linear(3, 2))
