import pytest
import torch

from pyg_symm.nn.affine import kernel_points


@pytest.mark.parametrize("size", [1, 2, 5])
def test_equals_the_grid_of_pytorch(size):
    identity = torch.eye(2, 3, dtype=torch.double).unsqueeze(0)
    grid = torch.nn.functional.affine_grid(identity, [1, 1, size, size], align_corners=False)
    torch.testing.assert_close(kernel_points(size), grid.view(-1, 2))


def test_the_first_coordinate_is_the_column():
    x, y = kernel_points(3).view(3, 3, 2).unbind(-1)
    assert bool((x.diff(dim=1) > 0).all()) and bool((x.diff(dim=0) == 0).all())
    assert bool((y.diff(dim=0) > 0).all()) and bool((y.diff(dim=1) == 0).all())


def test_a_single_pixel_is_the_origin():
    assert kernel_points(1).tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize("size", [0, -1, 2.0, True])
def test_refuses_other_sizes(size):
    with pytest.raises(ValueError, match="'kernel_size' must be an integer"):
        kernel_points(size)
