"""What networks on all spaces promise of graphs and in training."""

import copy

import pytest
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch_geometric.data import Data

from pyg_symm.groups import OrientationGrid, random_rotations
from pyg_symm.nn import PONITA

NUM = 6
of_spaces = pytest.mark.parametrize("orientations", [12, 16, 0, "edges"])


def call(model, x, pos, edge_index, vec, **kwargs):
    return model(x, pos, edge_index, vec=vec, **kwargs)


def error(a, b):
    return float((a - b).detach().norm() / b.detach().norm())


# Graphs ---------------------------------------------------------------------


@of_spaces
def test_no_edges_given_means_all_pairs(tol, orientations, ponita, cloud):
    for cutoff in (None, 1.5):
        model, (x, pos, _, vec) = ponita(orientations, cutoff=cutoff), cloud()
        near = torch.cdist(pos, pos) < (cutoff or float("inf"))
        edges = near.nonzero().T
        out, expected = call(model, x, pos, None, vec), call(model, x, pos, edges, vec)
        torch.testing.assert_close(out, expected, atol=20 * tol, rtol=20 * tol)


@pytest.mark.parametrize("orientations", [12, 16, 0])
def test_every_node_has_one_loop(orientations, ponita, cloud):
    model, (x, pos, edges, vec) = ponita(orientations), cloud()
    loops = torch.arange(NUM).expand(2, -1)
    out = call(model, x, pos, edges[:, edges[0] != edges[1]], vec)
    again = call(model, x, pos, torch.cat([edges, loops], dim=1), vec)
    assert all(torch.equal(a, b) for a, b in zip(again, out, strict=True))


def test_nodes_without_points_are_zero(ponita, cloud):
    model, (x, pos, edges, vec) = ponita("edges"), cloud()
    scalars, vectors = call(model, x, pos, edges, vec)
    lonely = [i for i in range(NUM) if not bool(((edges[1] == i) & (edges[0] != i)).any())]
    assert lonely == [4, 5]
    assert not scalars[lonely].any() and not vectors[lonely].any()
    assert bool(scalars[:4].all()) and bool(vectors[:4].all())
    none = torch.empty(2, 0, dtype=torch.long)
    assert not any(part.any() for part in call(model, x, pos, none, vec))


@of_spaces
@pytest.mark.parametrize("size", [1, 5, 1000])
def test_chunks_change_nothing(tol, orientations, size, ponita, cloud):
    model, args = ponita(orientations), cloud()
    results = []
    for chunk_size in (None, size):
        model.zero_grad()
        out = call(model, *args, chunk_size=chunk_size)
        sum(part.square().sum() for part in out).backward()
        results.append((out, [parameter.grad.clone() for parameter in model.parameters()]))
    (out, grads), (parts, part_grads) = results
    torch.testing.assert_close(parts, out, atol=20 * tol, rtol=20 * tol)
    torch.testing.assert_close(part_grads, grads, atol=500 * tol, rtol=500 * tol)


# Inputs and outputs ---------------------------------------------------------


@of_spaces
def test_what_goes_in_and_comes_out(orientations, cloud):
    x, pos, edges, vec = cloud()
    shapes = [(2, 1, 3, 0), (2, 0, 0, 2), (0, 1, 1, 0), (0, 0, 2, 2)]
    for in_channels, in_vectors, out_channels, out_vectors in shapes:
        sizes = {"in_vectors": in_vectors, "out_vectors": out_vectors}
        model = PONITA(in_channels, 8, out_channels, 2, orientations=orientations, **sizes)
        given = (x if in_channels else None, pos, edges)
        out = model(*given, vec=vec if in_vectors else None)
        if out_vectors:
            assert out[0].shape == (NUM, out_channels) and out[1].shape == (NUM, out_vectors, 3)
        else:
            assert out.shape == (NUM, out_channels)


def test_without_features_all_nodes_are_alike(cloud):
    _, pos, edges, _ = cloud()
    torch.manual_seed(0)
    model = PONITA(1, 8, 1, 2)
    assert torch.equal(model(None, pos, edges), model(torch.ones(NUM, 1), pos, edges))
    out = PONITA(0, 8, 1, 2)(None, pos, edges)
    assert out.std() > 0


@of_spaces
def test_nothing_that_was_given_changes(orientations, ponita, cloud):
    model, args = ponita(orientations), cloud()
    data = Data(x=args[0], pos=args[1], edge_index=args[2], vec=args[3])
    before = data.clone()
    outs = [model(data.x, data.pos, data.edge_index, vec=data.vec) for _ in range(2)]
    assert all(torch.equal(a, b) for a, b in zip(*outs, strict=True))
    assert set(data.keys()) == set(before.keys())
    assert all(torch.equal(data[key], before[key]) for key in before.keys())


# Training -------------------------------------------------------------------


@of_spaces
def test_first_step_calibrates_once(orientations, ponita, cloud):
    model, args = ponita(orientations, calibrated=False), cloud()
    weight = model.stack.blocks[0].conv.lin_space.weight
    before = weight.clone()
    call(model, *args)
    assert torch.equal(weight, before) and not bool(model.calibrated)
    first = call(model.train(), *args)
    assert not torch.equal(weight, before) and bool(model.calibrated)
    after = weight.clone()
    second = call(model, args[0] * 3, *args[1:]) and call(model, *args)
    assert torch.equal(weight, after)
    assert all(torch.equal(a, b) for a, b in zip(second, first, strict=True))
    model.reset_parameters()
    assert not bool(model.calibrated)


def test_explicit_calibration_equals_that_of_the_first_step(ponita, cloud):
    one, two, args = ponita(calibrated=False), ponita(calibrated=False), cloud()
    one.calibrate(*args[:3], vec=args[3])
    assert not one.training
    call(two.train(), *args)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))


@of_spaces
def test_a_saved_model_is_the_same_to_the_last_bit(orientations, tmp_path, ponita, cloud):
    if orientations == 12:
        orientations = OrientationGrid(12).rotated(random_rotations(1)[0])
    model, args = ponita(orientations), cloud()
    out = call(model, *args)
    state = model.state_dict()
    assert len({value.data_ptr() for value in state.values()}) == len(state)  # Nothing twice.
    torch.save(state, tmp_path / "model.pt")
    other = ponita(12 if isinstance(orientations, OrientationGrid) else orientations, False)
    other.load_state_dict(torch.load(tmp_path / "model.pt", weights_only=True))
    assert all(torch.equal(a, b) for a, b in zip(call(other, *args), out, strict=True))
    before = other.stack.blocks[0].conv.lin_space.weight.clone()
    call(other.train(), *args)  # It knows that it was calibrated.
    assert torch.equal(other.stack.blocks[0].conv.lin_space.weight, before)
    copied = copy.deepcopy(model)
    assert all(torch.equal(a, b) for a, b in zip(call(copied, *args), out, strict=True))


@pytest.mark.parametrize("average", [None, get_ema_multi_avg_fn(0.9)])
def test_averages_of_weights_keep_calibration(average, ponita, cloud):
    model, args = ponita(16), cloud()
    mean = AveragedModel(model, multi_avg_fn=average, use_buffers=True)
    for _ in range(3):
        mean.update_parameters(model)
    assert bool(mean.module.calibrated)
    for a, b in zip(call(mean.module, *args), call(model, *args), strict=True):
        torch.testing.assert_close(a, b)
    other = ponita(16, calibrated=False)
    other.load_state_dict(mean.module.state_dict())
    for a, b in zip(call(other, *args), call(model, *args), strict=True):
        torch.testing.assert_close(a, b)


def test_calibration_saved_as_a_boolean_is_known(ponita):
    model, other = ponita(), ponita(calibrated=False)
    state = {**model.state_dict(), "calibrated": torch.tensor(True)}
    other.load_state_dict(state)
    assert bool(other.calibrated) and other._calibrated


@of_spaces
def test_energies_have_gradients_of_two_orders(orientations):
    torch.manual_seed(0)
    model = PONITA(1, 4, 1, 1, orientations=orientations, pool="sum", cutoff=5.0).double()
    x = torch.ones(3, 1, dtype=torch.double)
    loops = torch.tensor([[0, 1, 1, 2, 0, 1], [1, 0, 2, 1, 0, 1]])
    # The offset of the first edge is along an orientation of the grid.
    along = OrientationGrid(12).points[0] * 0.7
    pos = torch.stack([torch.zeros(3).double(), along, torch.randn(3).double()]).requires_grad_()
    if orientations in (12, 16):  # Off the kink that a distance has at an orientation.
        pos = (pos.detach() + 0.1 * torch.randn(3, 3).double()).requires_grad_()

    def energy(pos):
        return model(x, pos, loops)

    assert torch.autograd.gradcheck(energy, pos)
    assert torch.autograd.gradgradcheck(energy, pos)


@of_spaces
def test_gradients_are_finite_in_special_places(orientations, ponita, cloud):
    model, (x, _, _, vec) = ponita(orientations, cutoff=5.0), cloud()
    pos = torch.zeros(NUM, 3)
    pos[1:, 0] = torch.arange(1, NUM) * 0.7
    pos = (pos @ torch.linalg.qr(torch.randn(3, 3))[0]).requires_grad_()
    grid = OrientationGrid(12).points.to(pos)
    if orientations == 12:  # Offsets along an orientation.
        pos = (torch.arange(NUM).to(pos).unsqueeze(1) * grid[0]).requires_grad_()
    if orientations != "edges":  # And points that coincide.
        pos = torch.cat([pos[:-1], pos[:1]]).detach().requires_grad_()
    out = call(model, x, pos, None, vec)
    loss = sum(part.sin().sum() for part in out)
    (force,) = torch.autograd.grad(loss, pos, create_graph=True)
    (second,) = torch.autograd.grad(force.square().sum(), pos)
    assert bool(force.isfinite().all()) and bool(second.isfinite().all())


@of_spaces
def test_forces_and_torques_sum_to_zero(dtype, orientations, cloud):
    model = PONITA(2, 8, 1, 2, orientations=orientations, pool="sum", layer_scale=0.5)
    x, pos, _, _ = cloud()
    model.calibrate(x, pos)
    pos = pos.requires_grad_()
    (force,) = torch.autograd.grad(model(x, pos).sum(), pos)
    pos = pos.detach()
    limit = 1e-10 if dtype == torch.float64 else 1e-4
    scale = float(force.norm())
    assert scale > 0 and float(force.sum(0).norm()) < limit * scale
    if orientations in (0, "edges"):
        torque = torch.linalg.cross(pos, force).sum(0)
        assert float(torque.norm()) < 10 * limit * scale


@of_spaces
def test_training_lowers_the_loss(orientations, ponita, cloud):
    model, args = ponita(orientations, calibrated=False).train(), cloud()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(15):
        scalars, vectors = call(model, *args)
        loss = (scalars - 1).square().mean() + (vectors - args[3]).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.8 * losses[0]


@of_spaces
def test_autocast_keeps_invariants_in_full(orientations, ponita, cloud):
    if torch.get_default_dtype() != torch.float32:
        return
    model, args = ponita(orientations), cloud()
    seen = []
    hook = model.kernels.pairs.register_forward_pre_hook(lambda _, a: seen.append(a[0].dtype))
    expected = call(model, *args)
    with torch.autocast("cpu", torch.bfloat16):
        out = call(model, *args)
    hook.remove()
    assert set(seen) == {torch.float32}
    for a, b in zip(out, expected, strict=True):
        assert a.dtype == torch.float32 and error(a, b) < 0.05
    sum(part.square().sum() for part in out).backward()
    assert all(bool(p.grad.isfinite().all()) for p in model.parameters())


# Dynamo asks features for their gradient; it hides the warning where warnings are no errors.
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor:UserWarning")
@of_spaces
def test_stack_compiles_without_a_graph_break(orientations, ponita, cloud):
    torch._dynamo.reset()
    model, args = ponita(orientations), cloud()
    expected = call(model, *args)
    keys = list(model.state_dict())
    model.stack.compile(fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(call(model, *args), expected)
    assert list(model.state_dict()) == keys


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@of_spaces
def test_on_a_gpu(tol, orientations, ponita, cloud):
    results = []
    for device in ("cpu", "cuda"):
        model, args = ponita(orientations, cutoff=4.0).to(device), cloud()
        x, pos, edges, vec = (part.to(device) for part in args)
        pos = pos.requires_grad_()
        for chunk_size in (None, 3):
            out = call(model, x, pos, edges, vec, chunk_size=chunk_size)
            loss = sum(part.sin().sum() for part in out)
            (force,) = torch.autograd.grad(loss, pos, create_graph=True)
            grads = torch.autograd.grad(
                force.square().sum(), list(model.parameters()), allow_unused=True
            )
            parts = (*out, force, *(grad for grad in grads if grad is not None))
            results.append([part.cpu() for part in parts])
    for result in results[1:]:
        torch.testing.assert_close(result, results[0], atol=500 * tol, rtol=500 * tol)
