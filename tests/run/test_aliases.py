import pytest

from pyg_symm.run import compose_config


@pytest.mark.parametrize("system", ["gin", "ppgn", "spen"])
@pytest.mark.parametrize(
    "old, name", [("mutag", "MUTAG"), ("ptc", "PTC"), ("imdb_b", "IMDB-BINARY")]
)
def test_experiments_of_earlier_versions(system, old, name):
    cfg = compose_config("train", [f"experiment={system}/{old}"])
    assert cfg.data.dataset.name == name and cfg.name.startswith(f"{system}/")
    if old == "imdb_b":  # What is particular to social networks stays.
        assert system != "gin" or cfg.model.readout == "mean"
        assert system != "spen" or cfg.data.dataset.pre_transform.dedup
    cfg = compose_config("train", [f"data=tu/{old}", "model=gin", "data.fold=3"])
    assert cfg.data.dataset.name == name and cfg.data.fold == 3


@pytest.mark.parametrize("old, name", [("nci109", "NCI109"), ("imdb_m", "IMDB-MULTI")])
def test_suites_of_earlier_versions(old, name):
    suite = compose_config("benchmark", [f"suite=spen/{old}"]).suite
    assert suite.name == f"spen/{name}" and suite.overrides == [f"data.name={name}"]


@pytest.mark.parametrize("name, hops", [("planar", 1), ("community", 3)])
def test_data_of_earlier_versions(name, hops):
    cfg = compose_config("train", ["experiment=pard/fine_tune", f"data={name}"])
    assert cfg.data.val.name == name and cfg.data.max_hops == hops
    assert compose_config("train", [f"experiment=pard/{name}"]).data.max_hops == hops
    assert compose_config("train", ["data_limit=7"]).data.limit == 7
