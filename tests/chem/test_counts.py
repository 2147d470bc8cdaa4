import pytest

from pyg_symm.chem import parse_smiles
from pyg_symm.chem.counts import COUNTS, molecule_counts


@pytest.mark.parametrize(
    "smiles, expected",
    [
        ("C", (1, 0, 0, 0, 0, 0, 0, 0)),
        ("OCCO", (4, 2, 0, 0, 0, 2, 2, 1)),
        ("Clc1ccc(F)cc1", (8, 2, 2, 1, 1, 0, 0, 0)),
        ("C1CCC2CCCCC2C1", (10, 0, 0, 2, 0, 0, 0, 0)),
        ("c1ccc(-c2ccncc2)cc1", (12, 1, 0, 2, 2, 0, 1, 1)),
        ("[Na+].[Br-]", (2, 2, 1, 0, 0, 0, 0, 0)),
    ],
)
def test_counts(smiles, expected):
    found = molecule_counts(parse_smiles(smiles)[0])
    assert dict(zip(COUNTS, found, strict=True)) == dict(zip(COUNTS, expected, strict=True))
