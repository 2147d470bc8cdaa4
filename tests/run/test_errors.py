from pathlib import Path

import pytest
from hydra.errors import HydraException
from hydra.utils import instantiate
from omegaconf import OmegaConf

from pyg_symm.run.errors import one_line


def test_an_error_while_building_is_that_of_the_part():
    cfg = OmegaConf.create({"a": {"_target_": "pyg_symm.nn.LCMAggregation", "in_channels": 4}})
    cfg.a.update({"out_channels": 4, "op": "no_such"})
    with pytest.raises(Exception) as caught:
        instantiate(cfg)
    line = one_line(caught.value)
    assert "no_such" in line and "\n" not in line and "Error in call" not in line


def test_files_are_named():
    with pytest.raises(OSError) as caught:
        Path("/no/such/file").read_text()
    assert "/no/such/file" in one_line(caught.value)


def test_other_kinds_say_their_name_and_where_to_look():
    assert one_line(RuntimeError("a\nb")) == "RuntimeError: a b (HYDRA_FULL_ERROR=1 shows where)"
    assert one_line(ValueError("'x' must be 1")) == "'x' must be 1"
    assert one_line(MemoryError()).startswith("MemoryError: MemoryError")


def test_a_misspelt_setting_has_a_suggestion_where_one_is_close():
    text = "Could not override 'num_sample'.\nTo append to your config use +num_sample=3"
    close = "there is no setting 'num_sample' (did you mean 'num_samples'?)"
    assert one_line(HydraException(text), "sample") == close
    other = text.replace("num_sample", "constraints.valenze")
    assert "(did you mean 'constraints.valence'?)" in one_line(HydraException(other), "sample")
    far = "there is no setting 'num_sample' (+num_sample=... adds one)"
    assert one_line(HydraException(text), "evaluate") == one_line(HydraException(text)) == far


def test_suggestions_include_configs_of_the_user(tmp_path):
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "mine.yaml").write_text("name: mine\n")
    error = HydraException("Could not find 'experiment/mien'")
    assert one_line(error, "train", tmp_path).endswith("(did you mean 'mine'?)")
    assert "mine" not in one_line(error, "train").partition("(")[2]


def test_modules_of_this_folder_need_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    error = ModuleNotFoundError("No module named 'my_graphs'")
    assert one_line(error) == "No module named 'my_graphs'"
    (tmp_path / "my_graphs.py").touch()
    assert one_line(error).endswith("(PYTHONPATH=. lets Python find the modules of this folder)")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("job/match_weihts", "did you mean 'match_weights'?"),
        ("job/matcher/wieghts", "did you mean 'weights'?"),
        ("job/matcher/none", "there is activations, frank_wolfe, loss, weights"),
    ],
)
def test_a_misspelt_choice_is_compared_with_those_of_its_group(name, hint):
    error = HydraException(f"Could not find '{name}'")
    assert one_line(error) == f"there is no '{name}' ({hint})"
