"""Runs of link prediction that stop and go on."""

import pytest
import torch

from pyg_symm.run import compose_config, train


def write_triples(folder, num=24):
    generator = torch.Generator().manual_seed(0)
    pairs = torch.randint(num, (80, 2), generator=generator).tolist()
    lines = [f"e{a}\tr{a % 3}\te{b}\n" for a, b in pairs]
    lines += [f"e{a}\tnext\te{(a + 1) % num}\n" for a in range(num)]
    for name, part in {"train": lines, "valid": lines[:9], "test": lines[9:20]}.items():
        (folder / f"{name}.txt").write_text("".join(part))


@pytest.mark.parametrize(
    "options",
    [
        ["checkpoint_every=1"],
        ["+loss=sampled", "+sparse=true", "+num_negatives=5", "optimizer=sparse_adam"],
    ],
    ids=["one_vs_all", "sampled"],
)
def test_a_resumed_run_ends_where_an_uninterrupted_one_does(options, tmp_path):
    write_triples(tmp_path)
    common = ["experiment=nfe/files", f"data.graph.folder={tmp_path}", "hidden_channels=4"]
    common += ["progress=false", "data.batch_size=32", *options]

    def run(name, *more):
        return train(compose_config("train", [*common, f"run_dir={tmp_path / name}", *more]))

    whole = run("whole", "epochs=6")
    run("parts", "epochs=3")
    resumed = run("parts", "epochs=6", f"resume={tmp_path / 'parts'}")
    assert resumed == whole
    files = [tmp_path / name / "checkpoints" / "last.ckpt" for name in ("whole", "parts")]
    states = [torch.load(file, weights_only=True)["state_dict"] for file in files]
    assert all(torch.equal(value, states[1][key]) for key, value in states[0].items())


def test_early_stopping(tmp_path):
    write_triples(tmp_path)
    overrides = ["experiment=nfe/files", f"data.graph.folder={tmp_path}", "hidden_channels=4"]
    overrides += ["progress=false", f"run_dir={tmp_path / 'run'}", "epochs=300", "+patience=2"]
    curve = train(compose_config("train", overrides))["curves"]["val/mrr"]
    assert len(curve) < 100
    assert max(curve[-2:]) <= max(curve[:-2]) and curve.index(max(curve)) == len(curve) - 3
