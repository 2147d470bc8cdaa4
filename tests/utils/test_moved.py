import pytest

import pyg_symm.diffusion
import pyg_symm.utils
from pyg_symm import graphs


def test_names_are_found_where_they_were():
    assert pyg_symm.diffusion.BlockGraphs is graphs.BlockGraphs
    assert pyg_symm.utils.structural_order is graphs.structural_order
    assert pyg_symm.utils.BlockOrder is graphs.BlockOrder


@pytest.mark.parametrize("module", [pyg_symm.utils, pyg_symm.diffusion])
def test_other_names_are_not(module):
    with pytest.raises(AttributeError, match="no_such_name"):
        module.no_such_name  # noqa: B018
    with pytest.raises(ImportError, match="no_such_name"):
        exec(f"from {module.__name__} import no_such_name")
