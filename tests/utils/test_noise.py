import pytest
import torch

from pyg_symm.utils import Noise, symmetric, unordered


def test_uniform_in_the_mean_in_pairs_and_in_bins():
    noise = Noise(3).uniform(torch.arange(500).unsqueeze(1), torch.arange(400))
    assert noise.min() >= 0 and noise.max() < 1
    assert abs(float(noise.mean()) - 0.5) < 3e-3
    counts = torch.histc(noise.float(), 20, 0, 1)
    chi_square = ((counts - 10_000) ** 2 / 10_000).sum()
    assert chi_square < 44  # 99.9 % of a chi-square of 19 degrees of freedom.
    for other in (noise.roll(1, 0), noise.roll(1, 1)):
        correlation = torch.corrcoef(torch.stack([noise.flatten(), other.flatten()]))[0, 1]
        assert abs(float(correlation)) < 0.01


def test_depends_on_seed_and_every_key_and_their_order():
    values = [
        Noise(0).uniform(1, 2),
        Noise(1).uniform(1, 2),
        Noise(0).uniform(2, 1),
        Noise(0).uniform(1, 3),
        Noise(0).uniform(1, 2, 0),
    ]
    assert len({float(v) for v in values}) == len(values)


def test_generator_gives_the_seed():
    seeds = [Noise.from_generator(torch.Generator().manual_seed(s)).seed for s in (0, 0, 1)]
    assert seeds[0] == seeds[1] != seeds[2]
    with pytest.raises(ValueError, match="'generator' must be a torch.Generator .got 7"):
        Noise.from_generator(7)
    with pytest.raises(ValueError, match="'seed' must be in"):
        Noise(-1)


def test_symmetric():
    square = torch.rand(3, 4, 4)
    mirrored = symmetric(square)
    assert torch.equal(mirrored, mirrored.mT)
    assert torch.equal(mirrored.tril(-1), square.tril(-1))


def test_numbers_among_the_keys_do_not_move_it_to_another_device():
    key = torch.zeros(3, dtype=torch.long, device="meta")
    assert Noise(0).uniform(0, key, 0).device.type == "meta"


def test_a_source_of_its_own_for_every_step():
    noise, key = Noise(5), torch.arange(1000)
    first, second = noise.at(0), noise.at(1)
    assert torch.equal(first.uniform(key), Noise(5).at(0).uniform(key))
    values = torch.cat([noise.uniform(key), first.uniform(key), second.uniform(key)])
    assert values.unique().numel() == 3000
    assert 0 <= int(first.seed) < 2**63


def test_sources_of_all_kinds():
    noise = Noise(5)
    assert Noise.of(noise) is noise
    seeds = [int(Noise.of(torch.Generator().manual_seed(s)).seed) for s in (0, 0, 1)]
    assert seeds[0] == seeds[1] != seeds[2]
    torch.manual_seed(0)
    assert int(Noise.of(None).seed) == seeds[0]


def test_unordered_pairs_have_one_key():
    place = torch.arange(5)
    later, earlier = unordered(place.unsqueeze(1), place)
    assert torch.equal(later, later.mT) and torch.equal(earlier, earlier.mT)
    assert (later >= earlier).all() and (later * 5 + earlier).unique().numel() == 15


def test_numbers_of_graphs_are_those_of_their_keys():
    noise, rows, place = Noise(7), torch.tensor([4, 0, 9]), torch.arange(5)
    graphs, nodes, pairs = noise.uniform_of_graphs(rows, place)
    assert torch.equal(graphs, noise.uniform(0, rows))
    row = rows.view(-1, 1)
    assert torch.equal(nodes, noise.uniform(1, row, place))
    later, first = unordered(place.unsqueeze(1), place)
    assert torch.equal(pairs, noise.uniform(2, row.unsqueeze(2), later, first))
