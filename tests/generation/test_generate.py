import pytest

from pyg_symm.generation import Constraints, SampleOptions, SamplingRun, num_pieces
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
    monkeypatch.setattr("pyg_symm.generation.options._CACHE", 1)
    parts = model.sample(6, seeded(), progress=False)
    assert sizes == [6, 1] and same_graphs(whole, parts)


def test_graphs_of_one_size(make, seeded):
    sizes = {"max_nodes": 7, "min_nodes": 7}
    samples = make().sample(20, seeded(), progress=False, **sizes)
    assert [data.num_nodes for data in samples] == [7] * 20
    with pytest.raises(
        ValueError, match="'min_nodes' must be in 0..7, the value of 'max_nodes' .got 8"
    ):
        make().sample(1, progress=False, max_nodes=7, min_nodes=8)


@pytest.mark.parametrize(
    "options, match",
    [
        ({"n": -1}, "'n' must be an integer of 0 or more .got -1"),
        ({"batch_size": 0}, "'batch_size' must be an integer of 1 or more"),
        ({"max_nodes": 0}, "'max_nodes' must be an integer of 1 or more"),
        ({"num_steps": 9}, "'num_steps' must be in 1..4 .got 9"),
        ({"temperature": 0.0}, "'temperature' must be positive and finite .got 0.0"),
        ({"temperature": float("nan")}, "'temperature' must be positive and finite .got nan"),
        ({"temperature": float("inf")}, "'temperature' must be positive and finite .got inf"),
        ({"max_nodes": 10_000_000}, "'max_nodes' of 10000000 needs .* GB a graph, more than"),
        ({"compile": "fast"}, r"'compile' must be one of .*'inductor'.*got 'fast'"),
    ],
)
def test_bad_options_of_sampling(make, options, match):
    with pytest.raises(ValueError, match=match):
        make().sample(**({"n": 1, "progress": False} | options))


def test_nothing_is_sampled_or_written_before_the_run_is_called(make, seeded, tmp_path):
    model, generator = make(), seeded()
    options = SampleOptions(progress=False, resume=tmp_path / "parts")
    run = SamplingRun(model, 3, generator, options)
    assert not (tmp_path / "parts").exists() and run.report.steps == 0
    assert len(run()) == 3 and (tmp_path / "parts" / "settings.json").is_file()


def test_graphs_in_one_piece(make, seeded, same_graphs):
    model = make().double()
    plain = model.sample(40, generator=seeded(), progress=False)
    broken = sum(num_pieces(data) > 1 for data in plain)
    assert 0 < broken < 40
    whole = Constraints(one_piece=True, max_redraws=200)
    samples = model.sample(40, generator=seeded(), progress=False, constraints=whole)
    assert all(num_pieces(data) == 1 for data in samples)
    assert model.report.rejected >= broken
    assert model.report.graphs == 40 + model.report.rejected
    # What was in one piece at once is what it was.
    for old, new in zip(plain, samples, strict=True):
        assert num_pieces(old) > 1 or same_graphs([old], [new])
    few = Constraints(one_piece=True, max_redraws=0)
    assert same_graphs(plain, model.sample(40, generator=seeded(), progress=False, constraints=few))


def test_connected_samples_follow_the_distribution_given_that_they_are_connected(make, seeded):
    model = make()
    plain = model.sample(3000, generator=seeded(), batch_size=1000, progress=False)
    kept = [data.num_nodes for data in plain if num_pieces(data) == 1]
    whole = Constraints(one_piece=True, max_redraws=500)
    options = {"batch_size": 1000, "progress": False, "constraints": whole}
    samples = model.sample(2000, generator=seeded(1), **options)
    sizes = [data.num_nodes for data in samples]
    for size in range(1, 9):
        p, q = kept.count(size) / len(kept), sizes.count(size) / len(sizes)
        error = (p * (1 - p) * (1 / len(kept) + 1 / len(sizes))) ** 0.5
        assert abs(p - q) < 4.5 * error + 1e-9
