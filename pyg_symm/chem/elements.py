"""The periodic table."""

#: Symbols by atomic number, from 1; the first place is empty.
SYMBOLS = (
    "",
    *("H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn").split(),
    *("Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La").split(),
    *("Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po").split(),
    *("At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg").split(),
    *("Cn Nh Fl Mc Lv Ts Og").split(),
)
_NUMBERS = {symbol: number for number, symbol in enumerate(SYMBOLS) if symbol}


def atomic_number(element: str | int) -> int:
    r"""The atomic number of an element.

    Args:
        element (str or int): A symbol, or the number itself, as an integer or as text.

    Raises:
        ValueError: If there is no such element.

    Examples:
        >>> atomic_number("Fe"), atomic_number("8"), atomic_number(1)
        (26, 8, 1)
    """
    if (number := _NUMBERS.get(str(element))) is not None:
        return number
    try:
        number = int(element)
    except ValueError:
        number = 0
    if not 1 <= number < len(SYMBOLS):
        raise ValueError(f"'element' must be a symbol or an atomic number (got {element!r})")
    return number
