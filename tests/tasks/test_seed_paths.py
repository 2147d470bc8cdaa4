import json

import pytest

from pyg_symm.run import compose_config, train
from pyg_symm.tasks import SeedPaths
from pyg_symm.weights.files import read_state


def run(folder, seed):
    overrides = ["experiment=weight_matching/graphs", "trainer=smoke", "progress=false"]
    overrides += ["callbacks=seed_paths", f"callbacks.paths.folder={folder / 'seeds'}"]
    overrides += ["callbacks.paths.num_points=3", f"seed={seed}", f"run_dir={folder / str(seed)}"]
    train(compose_config("train", overrides))


def test_runs_are_kept_and_matched_with_each_other(tmp_path):
    run(tmp_path, 0)
    seeds = tmp_path / "seeds"
    assert [f.name for f in seeds.iterdir()] == ["seed=0.safetensors"]
    run(tmp_path, 1)
    run(tmp_path, 2)
    result = json.loads((seeds / "paths" / "result.json").read_text())
    pairs = [tuple(row["pair"]) for row in result["pairs"]]
    assert pairs == [("seed=0", "seed=1"), ("seed=0", "seed=2"), ("seed=1", "seed=2")]
    assert all(row["matched"]["alignment"] > row["naive"]["alignment"] for row in result["pairs"])
    for name in ("barrier.png", "table.md", "merged.safetensors", "spec.yaml"):
        assert (seeds / "paths" / name).is_file()
    # The weights are those of the end of the run.
    from pyg_symm.run import load_run

    model = load_run(tmp_path / "1")[0].model
    kept = read_state(seeds / "seed=1.safetensors")
    assert all((kept[name] == value).all() for name, value in model.state_dict().items())


@pytest.mark.parametrize("name", ["", "a/b"])
def test_wrong_names_are_refused(name):
    with pytest.raises(ValueError, match="'name' must be a name without '/'"):
        SeedPaths("seeds", name)
