from pyg_symm.chem.molsets import MOLSETS
from pyg_symm.datasets import MOSES
from pyg_symm.metrics.molecules.moses_files import WHEEL


def test_the_wheel_is_declared_once():
    assert set(MOLSETS.members) == {*MOSES.wheel.members, *WHEEL.members}
    for part in (MOSES.wheel, WHEEL):
        assert (part.name, part.version, part.megabytes) == ("molsets", "0.3.1", 51.6)
        assert part.members.items() <= MOLSETS.members.items()
