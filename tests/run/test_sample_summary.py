import pytest

from pyg_symm.run.sample_summary import summary

REPORT = {
    "valid": 0.9,
    "unique": 1.0,
    "fragmented": 0.0,
    "invalid": {"valence": 0.1},
    "pieces": "largest",
    "num_samples": 20,
    "path_consistency": 0.75,
    "mean_nodes": 17.7,
    "constraints": [],
    "seconds": 4.19,
    "run_steps": 2980,
    "run_unmet": 0,
}


def test_names_and_values_without_the_cost_of_the_run():
    assert [line.split() for line in summary(REPORT, False, False)] == [
        ["num_samples", "20"],
        ["valid", "0.9000"],
        ["unique", "1.0000"],
        ["fragmented", "0.0000"],
        ["mean_nodes", "17.7000"],
        ["seconds", "4.1900"],
        ["invalid,", "valence", "0.1000"],
    ]


@pytest.mark.parametrize(
    "extended, pieces, text",
    [
        (False, "largest", "Files hold the largest piece (pieces=largest)"),
        (True, "largest", "Files hold the piece with the given molecule (pieces=largest)"),
        (True, "all", "Files hold all pieces (pieces=all)"),
    ],
)
def test_what_is_written_of_samples_in_pieces(extended, pieces, text):
    report = REPORT | {"fragmented": 0.05, "pieces": pieces}
    (line,) = [line for line in summary(report, extended, False) if "pieces" in line]
    assert line.startswith("5.0% of the samples are in several pieces. ") and text in line


def test_given_molecules_and_broken_constraints():
    row = {"valid": 0.0, "contain": 0.0, "unique": 0.0}
    lines = list(summary(REPORT | {"scaffolds": {"C#N": row}, "run_unmet": 3}, True, False))
    assert "samples of 'C#N': valid 0.00, contain 0.00, unique 0.00" in lines
    assert any(line.startswith("3 blocks break a constraint") for line in lines)
    assert "constraints.valence=true" in lines[-1]


def test_graphs_that_are_no_molecules():
    report = {"num_samples": 3, "mean_nodes": 5.0, "seconds": 1.0, "run_unmet": 0}
    assert [line.split()[0] for line in summary(report, False, False)] == list(report)[:3]
