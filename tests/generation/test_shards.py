import pytest

from pyg_symm.generation.sampler import BlockSampler


def test_a_killed_run_goes_on_and_ends_the_same(make, seeded, tmp_path, monkeypatch, same_graphs):
    model = make()
    whole = model.sample(40, generator=seeded(), batch_size=2, progress=False)

    sample, calls = BlockSampler.sample, []

    def killed(self, numbers, progress=None):
        calls.append(numbers)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return sample(self, numbers, progress)

    monkeypatch.setattr(BlockSampler, "sample", killed)
    options = {"batch_size": 2, "progress": False, "resume": tmp_path}
    with pytest.raises(KeyboardInterrupt):
        model.sample(40, generator=seeded(), **options)
    resumed = model.sample(40, generator=seeded(), **options)
    assert same_graphs(resumed, whole)
    # What had been finished was not made again.
    assert [c.start for c in calls] == [0, 16, 16, 32]
    with pytest.raises(ValueError, match="'resume' holds samples of another run: seed"):
        model.sample(40, generator=seeded(1), **options)
    with pytest.raises(ValueError, match="another run: model"):
        make(seed=1).sample(40, generator=seeded(), **options)
