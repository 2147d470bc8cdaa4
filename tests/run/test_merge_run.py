import json

import pytest
import yaml

from pyg_symm.run import compose_config, run_job, train
from pyg_symm.run.trained import TrainedNetwork
from pyg_symm.weights import declare_spec


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    overrides = ["experiment=weight_matching/graphs", "trainer=smoke", "progress=false"]
    train(compose_config("train", [*overrides, "hidden_channels=12", f"run_dir={folder}"]))
    return folder


def test_the_network_of_a_run_is_merged(run, tmp_path):
    model = TrainedNetwork(run).model
    shapes = {name: tensor.dim() for name, tensor in model.state_dict().items()}
    axes = {name: [None] * dim for name, dim in shapes.items() if dim}
    first = next(n for n in axes if n.endswith("lins.0.weight")).removesuffix("lins.0.weight")
    axes |= {name: ["h"] for name in axes if name.startswith((f"{first}norms.0", f"{first}lins.0"))}
    axes |= {f"{first}lins.0.weight": ["h", None], f"{first}lins.1.weight": [None, "h"]}
    spec = declare_spec(model.state_dict(), axes)
    (tmp_path / "spec.yaml").write_text(yaml.safe_dump(spec.to_dict()))
    overrides = ["job=merge_features", f"job.run={run}", f"job.spec={tmp_path / 'spec.yaml'}"]
    overrides += ["job.beta=0.5", "job.betas=[0.0, 0.5]", f"run_dir={tmp_path / 'job'}"]
    result = run_job(compose_config("job", overrides))
    assert result["widths"]["h"] < 12 and result["curve"]["widths"]["h"][0] == 12
    assert 0 <= result["test/acc"] <= 1 and result["test/acc"] == result["curve"]["values"][1]
    for name in ("merged.safetensors", "groups.json", "spec.yaml", "curve.png", "table.md"):
        assert (tmp_path / "job" / name).is_file()
    assert json.loads((tmp_path / "job" / "result.json").read_text())["widths"] == result["widths"]


def test_a_file_of_weights_is_merged(tmp_path):
    from torch_geometric.nn import MLP

    from pyg_symm.weights.files import write_state

    model = MLP([4, 9, 2], norm=None)
    write_state(tmp_path / "a.safetensors", model.state_dict())
    axes = {"lins.0.weight": ["h", None], "lins.0.bias": ["h"], "lins.1.weight": [None, "h"]}
    spec = declare_spec(model.state_dict(), {**axes, "lins.1.bias": [None]})
    (tmp_path / "spec.yaml").write_text(yaml.safe_dump(spec.to_dict()))
    overrides = [
        "job=merge_features_file",
        "job.model={_target_: torch_geometric.nn.MLP, channel_list: [4, 9, 2], norm: null}",
        f"job.weights={tmp_path / 'a.safetensors'}",
        f"job.spec={tmp_path / 'spec.yaml'}",
        f"run_dir={tmp_path / 'job'}",
    ]
    result = run_job(compose_config("job", [*overrides, "job.beta=0.6", "job.betas=[0.6]"]))
    assert result["widths"]["h"] < 9
