import pytest

from pyg_symm.run.choices import (
    choices,
    conf_folder,
    first_sentence,
    inner_groups,
    own_folder,
    purpose,
)


@pytest.mark.parametrize("group", ["experiment", "suite", "job"])
def test_every_config_that_a_user_chooses_says_what_it_is_for(group):
    found = choices(group)
    assert len(found) > 10
    for name, file in found.items():
        text = first_sentence(purpose(file))
        assert 10 < len(text) < 160, f"{group}={name}: {text!r}"


def test_own_configs_are_listed_and_come_first(tmp_path):
    folder = tmp_path / "experiment" / "lcm"
    folder.mkdir(parents=True)
    for name in ("mine", "mutag"):
        (folder / f"{name}.yaml").write_text("# @package _global_\n# My own.\n# More.\nname: x\n")
    found = choices("experiment", tmp_path)
    assert found["lcm/mutag"] == folder / "mutag.yaml" and "lcm/mine" in found
    assert purpose(found["lcm/mine"]) == "My own.\nMore."
    assert "lcm/mine" not in choices("experiment")


def test_groups_in_a_group_are_apart():
    assert inner_groups("job") == ["job/matcher"] and inner_groups("data") == []
    assert "loss" in choices("job/matcher") and not any("/" in name for name in choices("job"))


def test_the_title_or_the_name_where_there_is_no_comment(tmp_path):
    file = tmp_path / "x.yaml"
    file.write_text("name: x\ntitle: A table\n")
    assert purpose(file) == "A table"
    file.write_text("name: x\n")
    assert purpose(file) == "" and purpose(file, "x") == "x"


def test_the_folder_of_own_configs():
    assert str(own_folder(["-m", "--config-dir=a", "seed=1"])) == "a"
    assert str(own_folder(["-cd", "a"])) == "a" and own_folder([]) is None
    assert (conf_folder() / "train.yaml").is_file()
