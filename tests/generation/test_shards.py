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
    assert [c.start for c in calls] == [0, 4, *range(4, 40, 4)]
    with pytest.raises(
        ValueError, match="'resume' holds .* another run: seed is 0 there and 1 here;"
    ):
        model.sample(40, generator=seeded(1), **options)
    with pytest.raises(ValueError, match="another run: model is another one"):
        make(seed=1).sample(40, generator=seeded(), **options)


@pytest.fixture
def parts(make, seeded, tmp_path):
    """A finished run in two parts, and a function that runs it again."""
    model = make()

    def again(**options):
        options = {"batch_size": 2, "progress": False, "resume": tmp_path, **options}
        return model.sample(8, generator=seeded(), **options)

    return tmp_path, again(), again


def test_parts_give_back_what_was_sampled(parts, same_graphs):
    folder, graphs, again = parts
    assert sorted(file.name for file in folder.iterdir()) == [
        "graphs_0_4.safetensors",
        "graphs_4_8.safetensors",
        "settings.json",
    ]
    loaded = again()
    assert same_graphs(loaded, graphs)
    assert all(a.num_blocks == b.num_blocks for a, b in zip(loaded, graphs, strict=True))
    assert all(type(data.num_blocks) is int for data in loaded)


@pytest.mark.parametrize("position", [0, 7, 20, 200, -300, -9, -1])
def test_a_damaged_part_is_sampled_again(parts, same_graphs, position):
    folder, graphs, again = parts
    file = folder / "graphs_4_8.safetensors"
    whole = file.read_bytes()
    damaged = bytearray(whole)
    damaged[position] ^= 0x10
    file.write_bytes(damaged)
    with pytest.warns(UserWarning, match="graphs_4_8.safetensors' is damaged and sampled again"):
        assert same_graphs(again(), graphs)
    assert file.read_bytes() == whole


def test_parts_of_other_places_cut_or_empty_are_sampled_again(parts, same_graphs):
    folder, graphs, again = parts
    file = folder / "graphs_4_8.safetensors"
    for content in (b"", file.read_bytes()[:100], (folder / "graphs_0_4.safetensors").read_bytes()):
        file.write_bytes(content)
        with pytest.warns(UserWarning, match="is damaged and sampled again"):
            assert same_graphs(again(), graphs)


def test_no_code_runs_out_of_a_folder(parts, same_graphs, tmp_path):
    import pickle

    class Bomb:
        def __reduce__(self):
            return open, (str(tmp_path / "exploded"), "w")

    folder, graphs, again = parts
    for name in ("graphs_0.pt", "graphs_0_4.safetensors"):
        (folder / name).write_bytes(pickle.dumps(Bomb()))
    with pytest.warns(UserWarning, match="is damaged"):
        assert same_graphs(again(), graphs)
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"[" * 100_000, b"[1]", b"null"])
def test_damaged_settings_name_the_file_and_what_to_do(parts, content):
    folder, _, again = parts
    (folder / "settings.json").write_bytes(content)
    with pytest.raises(
        ValueError, match=r"settings.json' is damaged.*delete|another version.*dele"
    ):
        again()


def test_all_differences_are_named(parts):
    _, _, again = parts
    with pytest.raises(ValueError, match="num_steps is 4 there and 2 here, temperature is 1.0 th"):
        again(num_steps=2, temperature=0.5)


def test_what_killed_writers_left_is_removed(parts):
    folder, _, again = parts
    left = folder / "graphs_0_4.safetensors.0123abcd.part"
    left.write_text("half")
    again()
    assert not left.exists()
