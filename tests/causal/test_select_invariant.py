import csv

import numpy as np
import pytest

from pyg_symm.causal.select_invariant import select_invariant
from pyg_symm.run import compose_config, run_job

GRAPH = "E -> M\nY -> M\nM -> X\nY -> X\n"


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(0)
    y, a, b = rng.normal(size=(3, 200))
    m = np.where(np.arange(200) % 2, 0.5, -0.5) * y + 0.5 * a
    rows = np.stack([y, m, y * m + b], 1)
    with open(tmp_path / "mine.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Y", "M", "X", "E"])
        writer.writerows([*row, "ab"[i % 2]] for i, row in enumerate(rows.tolist()))
    with open(tmp_path / "new.csv", "w", newline="") as file:
        csv.writer(file).writerows([("M", "X"), *rows[:3, 1:].tolist()])
    (tmp_path / "graph.txt").write_text(GRAPH)
    return tmp_path


def read(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def test_the_job_writes_tables_and_a_picture(files):
    out = files / "job"
    overrides = [
        "job=select_invariant",
        f"job.path={files / 'mine.csv'}",
        f"job.graph={files / 'graph.txt'}",
        f"job.new={files / 'new.csv'}",
        "job.n_restarts=1",
        "job.regressor=linear",
        f"run_dir={out}",
    ]
    result = run_job(compose_config("job", overrides))
    assert result["mutable"] == ["M"] and not result["condition"]
    assert set(result["environments"]) == {"a", "b"}
    risks = read(out / "risks.csv")
    assert {row["stable variables"] for row in risks} == {"none", "X"}
    assert float(risks[0]["risk"]) == pytest.approx(result["risk"])
    assert result["selected"] == ([] if risks[0]["stable variables"] == "none" else ["X"])
    assert len(read(out / "worst_intervention.csv")) == 200
    assert len(read(out / "predictions.csv")) == 3
    assert (out / "risks.png").stat().st_size > 10_000
    assert risks[0]["stable variables"] in (out / "table.md").read_text()


def test_rows_with_missing_numbers(files):
    text = (files / "mine.csv").read_text().splitlines()
    text[5] = "1,,2,a"
    (files / "mine.csv").write_text("\n".join(text))
    with pytest.raises(ValueError, match="'X' must be finite.*got nan in row 4"):
        select_invariant(str(files / "mine.csv"), str(files / "graph.txt"), files / "out")


def test_one_environment(files):
    text = (files / "mine.csv").read_text().replace(",a", ",b")
    (files / "mine.csv").write_text(text)
    with pytest.raises(ValueError, match="'env' must have at least two environments"):
        select_invariant([str(files / "mine.csv")], str(files / "graph.txt"), files / "out")
