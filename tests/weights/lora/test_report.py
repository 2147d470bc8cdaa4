import json

from pyg_symm.weights.lora import MergeReport, ModuleReport, lego_merge
from pyg_symm.weights.lora.report import purity


def test_purity_counts_the_most_frequent_adapter():
    assert purity((((0, 0), (0, 1)), ((1, 0),))) == 1
    assert purity((((0, 0), (1, 0)), ((0, 1), (1, 1)))) == 0.5
    assert purity((((0, 0),), ())) == 1  # A cluster may be empty.


def test_cluster_sizes():
    entry = ModuleReport((1, 2), 2, 1.0, 1.0, 0.0, (((0, 0), (1, 1)), ((1, 0),)), 2 / 3, (1.0, 1.0))
    assert entry.cluster_sizes == (2, 1)


def test_entries_without_clusters_leave_cells_empty():
    rows = MergeReport(lin=ModuleReport((1, 1), 2, 1.0, 1.0, 0.0)).table().splitlines()
    assert [cell.strip() for cell in rows[2].split("|")[4:7]] == ["", "", ""]


def test_reports_are_plain_json(make):
    report = lego_merge([make(0), make(1)]).report
    read = json.loads(json.dumps(report.to_dict()))
    assert read["q"]["ranks"] == [4, 4] and len(read["q"]["clusters"]) == 4
    units = [tuple(unit) for cluster in read["q"]["clusters"] for unit in cluster]
    assert sorted(units) == [(adapter, unit) for adapter in range(2) for unit in range(4)]
