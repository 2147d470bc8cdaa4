import pytest
import torch

from pyg_symm.generation import compile_layers
from pyg_symm.graphs import BlockGraphs
from pyg_symm.utils import Noise


# torch.compile looks at gradients of tensors that are no leaves, and warns of itself.
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor:UserWarning")
@pytest.mark.parametrize("shared", [True, False])
def test_layers_are_compiled_once_for_all_and_give_the_same(make, graphs, shared):
    plain = make(shared_trunk=shared, network={"num_layers": 3}).double().train()
    model = make(shared_trunk=shared, network={"num_layers": 3}).double().train()
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    names = list(model.state_dict())
    compile_layers(model, backend="aot_eager")
    batch = BlockGraphs.from_data(graphs)
    losses = []
    for network in (plain, model):
        loss = network.loss(batch, Noise(0))["loss"]
        loss.backward()
        losses.append(loss.detach())
    torch.testing.assert_close(losses[1], losses[0], rtol=0, atol=1e-10)
    for a, b in zip(plain.parameters(), model.parameters(), strict=True):
        torch.testing.assert_close(a.grad, b.grad, rtol=0, atol=1e-10)
    # One attention, one product and one head; layers of one plane, if the predictor has its own.
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] == (3 if shared else 5)
    assert list(model.state_dict()) == names
