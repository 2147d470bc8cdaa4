import pytest

from pyg_symm.chem.elements import SYMBOLS, atomic_number


def test_symbols_are_those_of_rdkit():
    pytest.importorskip("rdkit")
    from rdkit.Chem import GetPeriodicTable

    table = GetPeriodicTable()
    assert SYMBOLS[1:] == tuple(table.GetElementSymbol(i) for i in range(1, 119))


def test_numbers():
    assert [atomic_number(symbol) for symbol in SYMBOLS[1:]] == list(range(1, 119))
    assert atomic_number("118") == atomic_number(118) == atomic_number("Og") == 118


@pytest.mark.parametrize("element", ["", "X", "h", "C1", "0", 119, -1, "1.5"])
def test_unknown(element):
    with pytest.raises(ValueError, match="'element' must be a symbol or an atomic number"):
        atomic_number(element)
