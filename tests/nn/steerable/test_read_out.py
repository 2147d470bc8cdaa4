import pytest
import torch

from pyg_symm.groups import random_orthogonal, wigner_d
from pyg_symm.nn.steerable import ReadOut


@pytest.mark.parametrize("sheets", [1, 2])
@pytest.mark.parametrize(("scalars", "vectors"), [(3, 0), (0, 2), (3, 2)])
def test_scalars_and_vectors(sheets, scalars, vectors):
    read, h = ReadOut(4, sheets, scalars, vectors), torch.randn(5, 2, 4, 9)
    s, v = read(h)
    assert s.shape == (5, scalars) and v.shape == (5, vectors, 3)
    for motion in random_orthogonal(4):
        det = torch.linalg.det(motion).round()
        turned = h @ wigner_d(2, motion).T * torch.stack([torch.ones(()), det]).view(2, 1, 1)
        s2, v2 = read(turned)
        if sheets == 1 or det > 0:
            torch.testing.assert_close(s2, s)
            torch.testing.assert_close(v2, v @ motion.T)
        else:  # What is read of pseudo features changes its sign.
            assert scalars == 0 or not torch.allclose(s2, s)
            assert vectors == 0 or not torch.allclose(v2, v @ motion.T)


def test_features_with_one_sheet_and_low_degree():
    s, v = ReadOut(4, 1, 1, 0)(torch.randn(5, 1, 4, 1))
    assert s.shape == (5, 1) and v.shape == (5, 0, 3)
