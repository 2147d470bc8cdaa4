import pytest
import torch

from pyg_symm.metrics.ranking.function import all_scores
from pyg_symm.run import compose_config, load_run, run_job, train
from pyg_symm.run.predict_links import predict_links


@pytest.fixture(scope="module", params=["nfe", "distmult"])
def run(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    names = [f"n{i}" for i in range(12)]
    lines = [f"{a}\tnext\t{b}\n" for a, b in zip(names, names[1:] + names[:1], strict=True)]
    lines += [f"{a}\tsame\t{a}\n" for a in names] + ["n0\tnext\tn5\n"]
    for name, part in {"train": lines, "valid": lines[:3], "test": lines[3:6]}.items():
        (folder / f"{name}.txt").write_text("".join(part))
    overrides = ["experiment=nfe/files", f"data.graph.folder={folder}", f"model={request.param}"]
    overrides += ["epochs=6", "hidden_channels=4", "progress=false", f"run_dir={folder / 'run'}"]
    train(compose_config("train", overrides))
    return folder / "run"


@pytest.mark.parametrize("side", ["head", "tail"])
def test_answers_are_the_best_entities(run, side):
    task, data = load_run(run, best=True)
    asked = {"head": "tail", "tail": "head"}[side]
    one = torch.tensor([data.graph.entities.index("n0")])
    rel = torch.tensor([data.graph.relations.index("next")])
    scores = all_scores(task.model, side, one, rel, one)[0]
    result = predict_links(run, "next", **{asked: "n0"}, num=12, drop_known=False)
    assert [link["score"] for link in result["links"]] == sorted(scores.tolist(), reverse=True)
    for link in result["links"]:
        assert link[asked] == "n0" and link["relation"] == "next"
        assert link["score"] == scores[data.graph.entities.index(link[side])]
    known = {link[side] for link in result["links"] if link["known"]}
    assert known == ({"n1", "n5"} if side == "tail" else {"n11"})
    fewer = predict_links(run, "next", **{asked: "n0"}, num=12)
    assert len(fewer["links"]) == 12 - len(known)
    assert not any(link["known"] for link in fewer["links"])


def test_job(run, tmp_path):
    overrides = ["job=predict_links", f"job.run={run}", "job.head=n3", "job.relation=0"]
    result = run_job(compose_config("job", [*overrides, "job.num=2", f"run_dir={tmp_path}"]))
    assert len(result["links"]) == 2 and result["links"][0]["relation"] == "next"
    assert (tmp_path / "table.md").read_text() == result["table"] + "\n"
    assert result["table"].splitlines()[2].startswith("| n3")


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"relation": "next"}, "'head' or 'tail' must be given, not both .got None and None."),
        ({"relation": "next", "head": "n0", "tail": "n1"}, "'head' or 'tail' must be given"),
        ({"relation": "nxt", "head": "n0"}, r"'relation' must be .* \(got 'nxt'\); .* \['next'\]"),
        ({"relation": 2, "head": "n0"}, "'relation' must be a name of the data, or a number"),
        ({"relation": "next", "tail": "zoe"}, "'tail' must be a name of the data"),
        ({"relation": "next", "head": "n0", "num": 0}, "'num' must be positive .got 0."),
    ],
)
def test_wrong_questions(run, arguments, message):
    with pytest.raises(ValueError, match=message):
        predict_links(run, **arguments)


def test_weights_of_the_best_validation(run):
    last, best = load_run(run)[0], load_run(run, best=True)[0]
    kept = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)
    weights = kept["callbacks"]["BestWeights"]["weights"]
    for name, value in best.state_dict().items():
        assert torch.equal(value, weights[name])
    assert all(torch.equal(v, kept["state_dict"][n]) for n, v in last.state_dict().items())
