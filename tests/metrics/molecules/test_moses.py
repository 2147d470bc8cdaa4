import gzip
import math
import pickle
import sys
import warnings

import numpy as np
import pytest

from pyg_symm.chem import MoleculeFilter
from pyg_symm.datasets import default_root
from pyg_symm.metrics import MoleculeStatistics, moses_table, moses_train
from pyg_symm.metrics.molecules import moses as module
from pyg_symm.metrics.molecules.smiles import canonical, flat
from pyg_symm.utils.wheel import Wheel

COLUMNS = [
    "valid",
    "unique@1000",
    "unique@10000",
    *("FCD/Test", "SNN/Test", "Frag/Test", "Scaf/Test"),
    *("FCD/TestSF", "SNN/TestSF", "Frag/TestSF", "Scaf/TestSF"),
    *("IntDiv", "IntDiv2", "Filters", "logP", "SA", "QED", "weight", "Novelty"),
]
DISTANCES = ["FCD/Test", "FCD/TestSF", "logP", "SA", "QED", "weight"]


@pytest.fixture(autouse=True)
def alerts(monkeypatch):
    monkeypatch.setattr(module, "moses_filter", lambda root: MoleculeFilter(["[#7]-[#1]", "S"]))


def quick(generated, **options):
    return moses_table(generated, **{"fcd": False, "progress": False, **options})


def brute_force(generated, train, test):
    """All columns but FCD, molecule by molecule, with what rdkit and scipy offer."""
    from rdkit import Chem, DataStructs
    from rdkit.Chem import AllChem, Crippen
    from scipy.spatial.distance import cosine
    from scipy.stats import wasserstein_distance

    made, known = (
        [Chem.MolFromSmiles(text) for text in map(canonical, smiles) if text is not None]
        for smiles in (generated, test)
    )

    def bits(mols):
        return [AllChem.GetMorganFingerprintAsBitVect(mol, 2, nBits=1024) for mol in mols]

    def histograms(parts):
        names = sorted({name for side in parts for name in side})
        return [[side.count(name) for name in names] for side in parts]

    def pieces(mols):
        return [
            part
            for mol in mols
            for part in Chem.MolToSmiles(AllChem.FragmentOnBRICSBonds(mol)).split(".")
        ]

    def cores(mols):
        found = [Chem.Scaffolds.MurckoScaffold.GetScaffoldForMol(mol) for mol in mols]
        return [Chem.MolToSmiles(core) for core in found if core.GetRingInfo().NumRings() >= 2]

    table = np.array([DataStructs.BulkTanimotoSimilarity(one, bits(made)) for one in bits(made)])
    nearest = [max(DataStructs.BulkTanimotoSimilarity(one, bits(known))) for one in bits(made)]
    smiles = {Chem.MolToSmiles(mol) for mol in made}
    return {
        "valid": len(made) / len(generated),
        "unique@1000": len(smiles) / len(made),
        "SNN/Test": np.mean(nearest),
        "Frag/Test": 1 - cosine(*histograms([pieces(made), pieces(known)])),
        "Scaf/Test": 1 - cosine(*histograms([cores(made), cores(known)])),
        "IntDiv": 1 - table.mean(),
        "IntDiv2": 1 - np.sqrt((table**2).mean(axis=1)).mean(),
        "logP": wasserstein_distance(*(list(map(Crippen.MolLogP, m)) for m in (made, known))),
        "Novelty": len(set(map(flat, generated)) - {*map(flat, train), None})
        / len(set(map(flat, smiles))),
    }


def test_against_brute_force(nci):
    generated, train, test = [*nci[:80], *nci[:9], None, "C1CC"], nci[70:140], nci[60:]
    table = quick(generated, train=train, test=test, test_scaffolds=test[:30])
    expected = brute_force(generated, train, test)
    assert {name: table[name] for name in expected} == pytest.approx(expected, abs=1e-6)
    expected = brute_force(generated, train, test[:30])
    for name in ("SNN", "Frag", "Scaf"):
        assert table[f"{name}/TestSF"] == pytest.approx(expected[f"{name}/Test"], abs=1e-6)
    assert 0 < table["Scaf/Test"] < 1 and 0 < table["Filters"] < 1 and 0 < table["Novelty"] < 1
    assert (table.n, table.num_valid) == (91, round(91 * table["valid"]))


def test_columns_and_ranges(nci):
    pytest.importorskip("fcd")
    table = quick(nci[:30], train=nci, test=nci[20:60], test_scaffolds=nci[90:120], fcd=True)
    assert list(table) == COLUMNS
    for name, value in table.items():
        assert isinstance(value, float) and value >= 0
        assert value <= 1 or name in DISTANCES
    assert str(table).splitlines()[0].split() == ["n", "30"]
    copy = pickle.loads(pickle.dumps(table))
    assert copy == table and vars(copy) == vars(table)


def test_a_set_with_itself(valid):
    pytest.importorskip("fcd")
    some = valid[:60]
    table = quick(some, train=some, test=some, test_scaffolds=some, fcd=True)
    for name in ("SNN", "Frag", "Scaf"):
        assert table[f"{name}/Test"] == table[f"{name}/TestSF"] == 1
    assert all(table[name] < (1e-3 if "FCD" in name else 1e-12) for name in DISTANCES)
    assert table["Novelty"] == 0


def test_order_changes_only_unique(nci):
    generated = [*nci[:10], *nci[:40]]
    reference = MoleculeStatistics.from_smiles(nci[50:90], fcd=False, progress=False)
    options = {"train": frozenset(nci[:5]), "test": reference, "unique_at": [20]}
    table = quick(generated, **options)
    other = quick(generated[::-1], workers=2, **options)
    assert (table.pop("unique@20"), other.pop("unique@20")) == (0.5, 1)
    assert table == other  # To the last bit.


@pytest.mark.parametrize("fcd", [False, True])
@pytest.mark.parametrize("generated", [[], [None], ["C1CC", "", None]])
def test_nothing_valid(generated, fcd):
    if fcd:
        pytest.importorskip("fcd")
    test = ["CCO", "CCN"]
    table = quick(generated, train=[], test=test, test_scaffolds=test, fcd=fcd)
    for name, value in table.items():
        assert math.isnan(value) if name in DISTANCES else value == 0, name
    assert (table.n, table.num_valid) == (len(generated), 0)


def test_novelty_is_of_what_graphs_can_express():
    stereo = ["C[C@H](N)C(=O)O", "F/C=C/F", "[2H]C", "[CH3:1][OH:2]", "[H]/N=C(\\N)c1ccccc1"]
    flat_ones = ["CC(N)C(=O)O", "FC=CF", "C", "CO", "N=C(N)c1ccccc1"]
    assert quick(flat_ones, train=stereo, test=["CCO"])["Novelty"] == 0
    assert quick(stereo, train=flat_ones, test=["CCO"])["Novelty"] == 0
    assert quick([*flat_ones, "CCN"], train=stereo, test=["CCO"])["Novelty"] == 1 / 6


def test_a_reference_set_with_stereochemistry_is_warned_of():
    pytest.importorskip("fcd")
    flat_ones, stereo = ["CC(N)C(=O)O", "CCN"], ["C[C@H](N)C(=O)O", "CCN"]
    with pytest.warns(UserWarning, match="FCD/Test is too large: 1 of 2 molecules of the ref"):
        quick(flat_ones, test=stereo, fcd=True)
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="FCD")
        quick(stereo, test=stereo, fcd=True)
        quick(flat_ones, test=flat_ones, fcd=True)
        quick(flat_ones, test=stereo)


def test_causes_are_counted():
    table = quick(["CCO", "C1CC", "C(C)(C)(C)(C)C", "C.C", None, "C" * 5000], test=["CCO"])
    causes = {"syntax": 1, "valence": 1, "disconnected": 1, "unknown": 1, "size": 1}
    assert table.causes == causes and table.num_valid == 2


def test_one_molecule():
    pytest.importorskip("fcd")
    table = quick(["CCO"], train=["CCO"], test=["CCO"], fcd=True)
    assert math.isnan(table["FCD/Test"]) and table["SNN/Test"] == 1 and table["weight"] == 0
    assert table["Scaf/Test"] == 0  # No scaffolds to compare.


def test_errors(monkeypatch):
    with pytest.raises(ValueError, match=r"'test' must have a valid molecule .*0 of 1 valid"):
        quick(["CCO"], test=["C1CC"])
    with pytest.raises(ValueError, match=r"'unique_at' must be positive \(got \[0\]\)"):
        quick(["CCO"], test=["CCO"], unique_at=[0])
    with pytest.raises(TypeError, match="'generated_smiles' must be a list"):
        quick("CCO", test=["CCO"])
    known = MoleculeStatistics.from_smiles(["CCO", "CCN"], fcd=False, progress=False)
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "fcd", None)
        with pytest.raises(ImportError, match="pip install fcd"):
            quick(["CCO"], test=known, fcd=True)
    pytest.importorskip("fcd")
    with pytest.raises(ValueError, match="'test' must have FCD's statistics"):
        quick(["CCO"], test=known, fcd=True)


def test_progress(capsys):
    quick(["CCO"], train=["CCO"], test=["CCO"], progress=True)
    bars = capsys.readouterr().err
    assert all(name in bars for name in ("generated_smiles", "test", "train"))
    quick(["CCO"], train=["CCO"], test=["CCO"])
    assert capsys.readouterr().err == ""


TEST_SET = Wheel(
    "molsets",
    "0.3.1",
    members={
        "moses/dataset/data/test.csv.gz": (
            "f896fbf3764f88d94670b9959e5872c600c12152a18233823e820761b7a791b2"
        ),
    },
)
# A thousand of the test set, by the original code.
LINES = {
    "valid": 1.0,
    "SNN/Test": 1.0,
    "Frag/Test": 0.9978,
    "Scaf/Test": 0.5362,
    "SNN/TestSF": 0.5878,
    "Frag/TestSF": 0.9975,
    "Scaf/TestSF": 0.0,
    "IntDiv": 0.8561,
    "IntDiv2": 0.8478,
    "Filters": 1.0,
    "logP": 0.0218,
    "SA": 0.0096,
    "QED": 0.0037,
    "weight": 0.5875,
    "Novelty": 1.0,
}


@pytest.mark.network
@pytest.mark.slow
def test_reference_lines(monkeypatch):
    """The numbers that the code of MOSES gives, on the same molecules."""
    monkeypatch.undo()  # Of the filters.
    monkeypatch.setenv("PIP_RETRIES", "0")
    pytest.importorskip("fcd")
    root = default_root()  # A hundred megabytes, not fetched for every run of the tests.
    try:
        path = TEST_SET.fetch(f"{root}/MOSES/raw")[0]
        train = moses_train(root)
    except RuntimeError as error:
        if "Could not download" not in str(error):
            raise
        pytest.skip("molsets cannot be downloaded here")
    with gzip.open(path, "rt") as file:
        test = file.read().split()[1:]
    assert (len(train), len(test)) == (1_584_663, 176_074)
    random = np.random.RandomState(0)
    random.choice(len(train), 1000, replace=False)
    drawn = [test[i] for i in random.choice(len(test), 1000, replace=False)]
    table = moses_table(drawn, progress=False, root=root)
    assert {name: table[name] for name in LINES} == pytest.approx(LINES, abs=1e-3)
    assert table["FCD/Test"] == pytest.approx(1.26, rel=0.02)
    assert table["FCD/TestSF"] == pytest.approx(1.64, rel=0.02)
    # Statistics that came with MOSES are those that we compute.
    shipped = module.moses_statistics("test", root)
    places = [test.index(smiles) for smiles in drawn[:200]]
    for place, smiles in zip(places, drawn, strict=False):
        one = MoleculeStatistics.from_smiles([smiles], fcd=False, progress=False)
        assert (shipped.fingerprints[place] == one.fingerprints[0]).all()
        assert set(one.fragments) <= set(shipped.fragments)
        assert set(one.scaffolds) <= set(shipped.scaffolds)
        for name, values in one.values.items():
            assert values[0] == pytest.approx(shipped.values[name][place], abs=1e-6)
