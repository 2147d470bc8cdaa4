import csv

import numpy as np
import pytest
import torch

from pyg_symm.nn.models import DeepSetsSelector
from pyg_symm.run import compose_config, run_job, train
from pyg_symm.run.select_compounds import different, select_compounds, tournament

LINES = ["c1ccccc1" + "C" * n for n in range(40)] + ["nonsense"] + ["C" * n for n in range(1, 30)]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    overrides = ["experiment=inset/compounds", "trainer=smoke", "progress=false"]
    train(compose_config("train", [*overrides, f"run_dir={folder}"]))
    return folder


def test_molecules_are_selected_out_of_a_file(run, tmp_path):
    (tmp_path / "mine.smi").write_text("\n".join(LINES))
    overrides = ["job=select_compounds", f"job.run={run}", f"job.path={tmp_path / 'mine.smi'}"]
    result = run_job(compose_config("job", [*overrides, "job.k=6", f"run_dir={tmp_path / 'job'}"]))
    assert len(set(result["smiles"])) == 6 and set(result["smiles"]) < set(LINES)
    assert result["molecules"] == 69 and result["refused"] == 1
    with open(tmp_path / "job" / "selected.csv") as file:
        rows = list(csv.DictReader(file))
    assert [row["smiles"] for row in rows] == result["smiles"] and "QED" in rows[0]
    assert (tmp_path / "job" / "selected.png").stat().st_size > 1000


def test_more_than_there_are(run, tmp_path):
    (tmp_path / "mine.smi").write_text("CCO\nCCN\n")
    with pytest.raises(ValueError, match=r"'k' must be in 1..2, the molecules of .* \(got 3\)"):
        select_compounds(run, str(tmp_path / "mine.smi"), 3, tmp_path / "job")


def test_runs_of_other_experiments(tmp_path):
    overrides = ["experiment=inset/keyed", "trainer=smoke", "progress=false"]
    train(compose_config("train", [*overrides, f"run_dir={tmp_path / 'run'}"]))
    with pytest.raises(ValueError, match="'run' must have trained experiment=inset/compounds"):
        select_compounds(tmp_path / "run", "mine.smi", 3, tmp_path / "job")


def test_similar_molecules_come_last():
    similarity = np.array(
        [[1.0, 0.9, 0.1, 0.6], [0.9, 1, 0.2, 0], [0.1, 0.2, 1, 0], [0.6, 0, 0, 1]]
    )
    assert different(similarity, 2, 0.5) == [0, 2]
    assert different(similarity, 3, 0.5) == [0, 2, 1]
    assert different(similarity, 3, 0.7) == [0, 2, 3]
    assert different(similarity, 4, 1.0) == [0, 1, 2, 3]


@pytest.mark.parametrize(("num", "k"), [(500, 7), (500, 200), (31, 31), (20, 3), (100, 99)])
def test_tournaments_end_with_k_elements(num, k):
    torch.manual_seed(0)
    model, x = DeepSetsSelector(3, 8).eval(), torch.randn(num, 3)
    chosen, probability = tournament(model, x, k, size=30)
    assert len(chosen.unique()) == len(probability) == k
    assert torch.equal(probability, probability.sort(descending=True).values)
    again, _ = tournament(model, x, k, size=30)
    assert torch.equal(chosen, again)


def test_the_best_elements_win():
    class Best:
        """Prefers the largest feature, whatever the set."""

        def predict(self, x, batch, k):
            mask = torch.zeros(len(x), dtype=torch.bool)
            for s in range(int(batch.max()) + 1):
                mine = (batch == s).nonzero().view(-1)
                mask[mine[x[mine, 0].topk(int(k[s])).indices]] = True
            return mask

        def __call__(self, x):
            return x[:, 0].sigmoid()

    x = torch.randn(300, 1, generator=torch.Generator().manual_seed(0))
    chosen, _ = tournament(Best(), x, 3, size=30)
    assert torch.equal(chosen, x[:, 0].topk(3).indices)
