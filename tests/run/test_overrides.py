import os

import pytest

from pyg_symm.run import compose_config
from pyg_symm.run.overrides import fixed_names, plain_overrides, quoted

HARD = ["a=1,b=[2]", "with space", "(round)", "é", "a'b", "x~y", "{k: v}", 'say"so']


@pytest.mark.parametrize("name", HARD)
def test_paths_are_read_literally(name):
    cfg = compose_config("train", [f"run_dir=runs/{name}", f"data_root={name}"])
    assert cfg.run_dir == f"runs/{name}" and cfg.data_root == name
    cfg = compose_config("train", ["data=smiles", f"data.train.smiles=/data/{name}.csv"])
    assert cfg.data.train.smiles == f"/data/{name}.csv"
    assert compose_config("evaluate", [f"samples={name}.smi"]).samples == f"{name}.smi"
    assert compose_config("sample", [f"model={name}"]).pretrained == name


def test_a_saved_model_is_no_config_of_a_model():
    cfg = compose_config("sample", ["model=runs/a=1,b=[2]", "extend=C[C@H](N)C(=O)O"])
    assert cfg.pretrained == "runs/a=1,b=[2]" and cfg.extend == "C[C@H](N)C(=O)O"
    assert compose_config("sample", ["model=m", "extend=null"]).extend is None
    assert compose_config("sample", ["model=m", "out=[a=1.smi,b.png]"]).out == ["a=1.smi", "b.png"]


@pytest.mark.parametrize("text", ["007", "C(=O)?c", "a,b", "true", "[x]", "1e5", '"x"'])
def test_patterns_are_read_literally(text):
    job = ["job=find_pattern", "job.path=a.txt", f"job.pattern={text}", "job.wildcard=0"]
    cfg = compose_config("job", job)
    assert cfg.job.pattern == text.strip('"') and cfg.job.wildcard == "0"
    assert compose_config("job", [*job, "job.wildcard=null"]).job.wildcard is None


def test_paths_of_a_job_may_be_several(tmp_path, monkeypatch):
    files = ["/data/first lab/data=1.csv", "second/data.csv"]
    job = ["job=select_invariant", "job.graph=graph.txt", f"job.path=[{','.join(files)}]"]
    assert compose_config("job", job).job.path == files
    job[-1] = f"job.path={files[0]}"
    assert compose_config("job", job).job.path == files[0]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "[a,b]").write_text("")
    assert compose_config("job", [*job[:-1], "job.path=[a,b]"]).job.path == "[a,b]"


def test_commas_of_a_sweep_separate_unless_there_is_such_a_file(tmp_path):
    swept = plain_overrides("sample", ["model=qm9,moses"], sweep=True)
    assert swept == ["pretrained=qm9,moses"]
    assert plain_overrides("sample", ["extend=C#N,C"], sweep=True) == ["extend='C#N',C"]
    assert plain_overrides("sample", ["model=qm9,moses"]) == ["pretrained='qm9,moses'"]
    folder = tmp_path / "aggr=sum,seed=0"
    folder.mkdir()
    assert plain_overrides("sample", [f"model={folder}"], sweep=True) == [f"pretrained='{folder}'"]
    swept = plain_overrides("sample", ["extend=CC(C,N),C1CC1"], sweep=True)
    assert swept == ["extend='CC(C,N)',C1CC1"]


@pytest.mark.parametrize("command, base", [("benchmark", []), ("quickstart", [])])
def test_overrides_of_runs_need_no_quotes(command, base):
    cfg = compose_config(command, [*base, "overrides=[trainer=smoke,data.test_sizes=[3,4]]"])
    assert cfg.overrides == ["trainer=smoke", "data.test_sizes=[3,4]"]
    assert compose_config(command, ["overrides=['trainer=smoke']"]).overrides == ["trainer=smoke"]


def test_quoting_twice_is_quoting_once():
    for name in HARD:
        assert quoted(quoted(name)) == quoted(name)
    assert quoted(os.path.join("a", "b")) == "'a/b'"


def test_options_and_other_settings_are_left_alone():
    given = ["--config-dir", "x", "-m", "seed=0,1", "aggr.op=gru", "~launcher"]
    assert plain_overrides("train", given, sweep=True) == given


def test_settings_that_a_sweep_does_not_change():
    words = ["-m", "--config-dir=x", "experiment=a,b", "job/matcher=loss", "hydra.sweep.dir=x"]
    assert fixed_names([*words, "++x.y=1", "z='a,b'", "w=choice(1,2)"]) == [
        "job/matcher",
        "x.y",
        "z",
    ]
    assert fixed_names(["seed=0,1", "x=[1,2]"]) == ["x"]
    assert fixed_names(["threads=1,2"]) == []
    assert fixed_names(["seed=0,1", "x=[1,"]) is None  # Refused by Hydra.
