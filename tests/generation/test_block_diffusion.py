import torch

from pyg_symm.generation import Constraints
from pyg_symm.generation.block_diffusion import turn_number


def test_more_redraws_alone_change_nothing_where_none_is_needed(make, seeded, same_graphs):
    model = make()
    plain = model.sample(20, generator=seeded(), progress=False)
    loose = torch.tensor([99, 99, 99])
    for most in (0, 3, 20, 500):
        constraints = Constraints(max_valence=loose, max_redraws=most)
        samples = model.sample(20, generator=seeded(), progress=False, constraints=constraints)
        assert model.report.redraws == 0
        assert same_graphs(samples, plain)


def test_more_redraws_keep_what_was_drawn_within_fewer(make, seeded, same_graphs):
    model = make()
    valence = torch.tensor([6, 7, 8])
    few, many = (Constraints(max_valence=valence, max_redraws=most) for most in (200, 700))
    first = model.sample(10, generator=seeded(), progress=False, constraints=few)
    assert model.report.redraws > 0 and model.report.unmet == 0
    assert same_graphs(
        first, model.sample(10, generator=seeded(), progress=False, constraints=many)
    )


def test_every_attempt_at_every_block_has_its_own_number():
    block, attempt = torch.meshgrid(torch.arange(60), torch.arange(600), indexing="ij")
    assert turn_number(block, attempt).unique().numel() == 60 * 600
    assert turn_number(torch.tensor(3), torch.tensor(4)) == 3 * 21 + 4
