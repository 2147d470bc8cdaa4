import gzip

import pytest

from pyg_symm.run import compose_config, evaluate


def _evaluated(options, *overrides):
    options = [f"{name}={value}" for name, value in options.items()]
    return evaluate(compose_config("evaluate", [*options, *overrides]))


@pytest.fixture
def evaluated():
    """Evaluates under options by name, and overrides as on the command line."""
    return _evaluated


@pytest.fixture
def smiles_sets():
    """Samples, some of them invalid, and the sets to compare them with."""
    return {
        "samples": ["CCO", "OCC", "c1ccccc1C", "C1CC", "C(C)(C)(C)(C)C", "CCN"],
        "test": ["CCO", "CCC", "Cc1ccccc1", "CCCCO"],
        "train": ["CCN", "CCCO", "CCCN", "CCCCN", "CCF", "CCCl"],
    }


@pytest.fixture
def files(smiles_sets, tmp_path):
    """Files of molecules of every kind, and the overrides that name them for an evaluation."""
    samples, test, train = smiles_sets.values()
    (tmp_path / "samples.smi").write_text("\n".join(samples) + "\n")
    (tmp_path / "test.csv").write_text("\n".join(["id,SMILES", *(f"1,{s}" for s in test)]) + "\n")
    with gzip.open(tmp_path / "train.txt.gz", "wt") as file:
        file.write("\n".join(train) + "\n")
    names = {"samples": "samples.smi", "test": "test.csv", "train": "train.txt.gz"}
    return {
        **{name: tmp_path / file for name, file in names.items()},
        "run_dir": tmp_path / "run",
        "data_root": tmp_path / "data",
        **{"fcd": "false", "filters": "false", "progress": "false"},
    }
