import pytest

from pyg_symm.generation.sampler import BlockSampler


def test_no_samples_and_one(make, seeded):
    model = make()
    assert model.sample(0, generator=seeded(), progress=False) == []
    assert len(model.sample(1, generator=seeded(), progress=False)) == 1


def test_fewer_nodes_steps_and_other_temperatures(make, seeded):
    model = make()
    for options in ({"max_nodes": 5}, {"num_steps": 2}, {"temperature": 0.5}):
        samples = model.sample(6, generator=seeded(), progress=False, **options)
        assert max(data.num_nodes for data in samples) <= options.get("max_nodes", 8)
    model.sample(3, generator=seeded(), batch_size=3, num_steps=1, progress=False)
    assert model.report.steps == model.report.blocks


def test_as_many_graphs_at_a_time_as_there_is_room_for(make, seeded, monkeypatch, same_graphs):
    model = make()
    kept = model.denoiser.start(1, 20).layers
    numbers = sum(part.numel() for layer in kept for parts in layer if parts for part in parts)
    assert numbers == model.denoiser.trunk.layers.cache_size(21)
    sizes = []
    original = BlockSampler._empty

    def empty(sampler, size):
        sizes.append(size)
        return original(sampler, size)

    monkeypatch.setattr(BlockSampler, "_empty", empty)
    whole = model.sample(6, seeded(), progress=False)
    monkeypatch.setattr("pyg_symm.generation.generate._CACHE", 1)
    parts = model.sample(6, seeded(), progress=False)
    assert sizes == [6, 1] and same_graphs(whole, parts)


def test_graphs_of_one_size(make, seeded):
    sizes = {"max_nodes": 7, "min_nodes": 7}
    samples = make().sample(20, seeded(), progress=False, **sizes)
    assert [data.num_nodes for data in samples] == [7] * 20
    with pytest.raises(ValueError, match="'min_nodes' must be in 0..7, the most nodes .got 8"):
        make().sample(1, progress=False, max_nodes=7, min_nodes=8)


@pytest.mark.parametrize(
    "options, match",
    [
        ({"n": -1}, "'n' must not be negative .got -1"),
        ({"batch_size": 0}, "'batch_size' must be positive"),
        ({"max_nodes": 0}, "'max_nodes' must be positive"),
        ({"num_steps": 9}, "'num_steps' must be in 1..4 .got 9"),
        ({"temperature": 0.0}, "'temperature' must be positive"),
        ({"compile": "fast"}, r"'compile' must be one of .*'inductor'.*got 'fast'"),
    ],
)
def test_bad_options_of_sampling(make, options, match):
    with pytest.raises(ValueError, match=match):
        make().sample(**({"n": 1, "progress": False} | options))
