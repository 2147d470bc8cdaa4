import torch

from pyg_symm.nn.models.subsets import ElementNoise

INDEX = torch.tensor([0, 2, 0, 2, 2])
KEY = torch.tensor([0.3, -1.0, 0.1, 4.0, 2.0])


def fixed(index=INDEX, key=KEY, dim_size=3):
    return ElementNoise(index, dim_size, key, fixed=True)


def test_fixed_numbers_follow_elements():
    numbers, move = fixed().uniform(4), torch.tensor([4, 2, 0, 3, 1])
    assert torch.equal(fixed(INDEX[move], KEY[move]).uniform(4), numbers[:, move])


def test_fixed_numbers_of_a_set_do_not_depend_on_others():
    numbers, mine = fixed().uniform(4), INDEX == 2
    alone = fixed(torch.zeros(3, dtype=torch.long), KEY[mine], 1).uniform(4)
    assert torch.equal(alone, numbers[:, mine])


def test_fixed_numbers_are_a_latin_hypercube():
    numbers = fixed().uniform(50)
    assert torch.equal(
        (numbers * 50).long().sort(dim=0)[0], torch.arange(50)[:, None].expand(50, 5)
    )
    corr = torch.corrcoef(fixed().uniform(5000).T)
    rank = torch.tensor([1, 0, 0, 2, 1])  # Elements of equal rank in two sets have equal numbers.
    assert bool((corr[rank[:, None] != rank].abs() < 0.06).all())


def test_numbers_differ_from_call_to_call():
    noise = fixed()
    assert not torch.equal(noise.uniform(2), noise.uniform(2))


def test_numbers_of_a_generator():
    def draw():
        generator = torch.Generator().manual_seed(0)
        return ElementNoise(INDEX, 3, KEY, False, generator).bernoulli(KEY.sigmoid(), 10_000)

    assert torch.equal(draw(), draw())
    assert bool((draw().double().mean(dim=0) - KEY.sigmoid()).abs().max() < 0.02)


def test_padded_samples():
    index, q = torch.tensor([0, 0, 1]), torch.tensor([1.0, 0.0, 1.0])
    sample = ElementNoise(index, 2, q, fixed=False).padded_bernoulli(q, index)
    assert sample.shape == (2, 2, 2)
    assert sample[0].tolist() == [[True, False]] * 2
    assert bool(sample[1, :, 0].all())
