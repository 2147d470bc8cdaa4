import torch

from pyg_symm.weights.features.blocks import Block
from pyg_symm.weights.features.merging import merge_features
from pyg_symm.weights.features.paper import PaperPath


def published(weights, beta):
    """The published loop for an MLP without biases, on plain lists of rows and columns."""
    weights = [w.clone() for w in weights]
    counts = [[1] * len(w) for w in weights[:-1]]
    done, going = [[[i] for i in range(len(w))] for w in weights[:-1]], True
    while going:
        going = False
        for k in range(len(weights) - 1):
            x = torch.cat([weights[k], weights[k + 1].T], dim=1)
            n = len(x)
            pairs = {
                (i, j): float((x[i] - x[j]).square().sum()) for i in range(n) for j in range(i)
            }
            if not pairs:
                continue
            (j, i), least = min(pairs.items(), key=lambda item: item[1])
            if least > beta * max(pairs.values()):
                continue
            going = True
            c, d = counts[k][i], counts[k][j]
            keep = [m for m in range(n) if m != j]
            weights[k][i] += weights[k][j]
            columns = weights[k + 1]
            columns[:, i] = (c * columns[:, i] + d * columns[:, j]) / (c + d)
            weights[k], weights[k + 1] = weights[k][keep], columns[:, keep]
            counts[k][i] = c + d
            done[k][i] = sorted(done[k][i] + done[k][j])
            del counts[k][j], done[k][j]
    return weights, done


def test_the_published_loop_is_followed(mlp, float64):
    model, spec = mlp((4, 14, 12, 3))
    for layer in model[::2]:
        layer.bias.data.zero_()
    weights = [layer.weight.detach() for layer in model[::2]]
    for beta in (0.05, 0.2, 0.3, 0.5):
        result = merge_features(model, spec, beta, preset="paper")
        expected, groups = published(weights, beta)
        assert sorted(map(len, result.groups["h0"])) == sorted(map(len, groups[0]))
        assert {tuple(g) for g in result.groups["h0"]} == {tuple(g) for g in groups[0]}
        assert {tuple(g) for g in result.groups["h1"]} == {tuple(g) for g in groups[1]}
        for layer, weight in zip(result.model[::2], expected, strict=True):
            torch.testing.assert_close(layer.weight.detach(), weight)


def test_equal_units_are_merged(float64):
    rows = torch.ones(4, 3)
    path = PaperPath([Block(rows, ("a", None), ("in", "keep"))], {"a": 4})
    assert len(path.run(0.0)) == 3
    torch.testing.assert_close(path.blocks[0].data, torch.full((1, 3), 4.0))


def test_units_merge_within_their_part_only(float64):
    rows = torch.randn(6, 3)
    path = PaperPath([Block(rows, ("a", None), ("in", "keep"))], {"a": 6}, parts={"a": 3})
    merges = path.run(1.0)
    assert len(merges) == 4
    assert all(m.first // 3 == m.second // 3 for m in merges)
