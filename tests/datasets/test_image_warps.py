import math

import pytest
import torch

from pyg_symm.datasets import warp_images
from pyg_symm.datasets.image_warps import (
    move_inside,
    pixel_centres,
    random_linear_maps,
    transform_points,
)


def homographies(num, seed=0):
    generator = torch.Generator().manual_seed(seed)
    matrix = torch.eye(3).double().repeat(num, 1, 1)
    matrix[:, :2, :2] = random_linear_maps(num, 20, 0.2, (0.8, 1.2), generator)
    matrix[:, 2, :2] = 0.4 * torch.rand(num, 2, dtype=torch.double, generator=generator) - 0.2
    return matrix


def test_a_literal_transcription():
    generator = torch.Generator().manual_seed(1)
    images = torch.rand(3, 2, 5, 7, dtype=torch.double, generator=generator)
    matrix = homographies(3)
    matrix[:, :2, 2] = 0.1
    out = warp_images(images, matrix)

    def value(image, row, column):
        inside = 0 <= row < 5 and 0 <= column < 7
        return float(image[row, column]) if inside else 0.0

    for b in range(3):
        for row in range(5):
            for column in range(7):
                place = [(column + 0.5) / 3.5 - 1, (row + 0.5) / 2.5 - 1, 1.0]
                p = torch.tensor(place, dtype=torch.double)
                x, y, w = (matrix[b].inverse() @ p).tolist()
                u, v = (x / w + 1) * 3.5 - 0.5, (y / w + 1) * 2.5 - 0.5
                i, j = math.floor(v), math.floor(u)
                expected = sum(
                    (1 - abs(v - r)) * (1 - abs(u - c)) * value(images[b, 1], r, c)
                    for r in (i, i + 1)
                    for c in (j, j + 1)
                )
                assert abs(float(out[b, 1, row, column]) - expected) < 1e-12


def test_whole_turns_and_shifts_are_exact():
    images = torch.rand(2, 1, 6, 6)
    turn = torch.tensor([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    shift = torch.tensor([[1.0, 0.0, 2 / 6], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    out = warp_images(images, torch.stack([turn, shift]))
    torch.testing.assert_close(out[0, 0], images[0, 0].rot90(-1))
    torch.testing.assert_close(out[1, 0, :, 1:], images[1, 0, :, :-1])
    assert bool((out[1, 0, :, 0].abs() < 1e-6).all())
    assert warp_images(images[:0], turn.expand(0, 3, 3)).shape == (0, 1, 6, 6)


def test_points_of_a_homography():
    matrix, points = homographies(4), pixel_centres(3, 2).expand(4, -1, -1)
    homogeneous = torch.cat([points, torch.ones(4, 6, 1)], dim=-1) @ matrix.mT
    expected = homogeneous[..., :2] / homogeneous[..., 2:]
    torch.testing.assert_close(transform_points(matrix, points), expected)


def test_linear_maps_fill_their_ranges():
    generator = torch.Generator().manual_seed(0)
    maps = random_linear_maps(4000, 30, 0.5, (0.5, 2.0), generator)
    # Rotation, shear and scale from the decomposition into a rotation and a triangle.
    turn = torch.atan2(maps[:, 1, 0], maps[:, 0, 0])
    cos, sin = turn.cos(), turn.sin()
    triangle = torch.stack([cos, sin, -sin, cos], dim=-1).view(-1, 2, 2) @ maps
    angle, shear = turn.rad2deg(), triangle[:, 0, 1] / triangle[:, 1, 1]
    scales = triangle.diagonal(dim1=1, dim2=2)
    assert float(triangle[:, 1, 0].abs().max()) < 1e-12
    for values, low, high in [(angle, -30, 30), (shear, -0.5, 0.5), (scales, 0.5, 2.0)]:
        unit = (values - low) / (high - low)
        assert 0 <= float(unit.min()) < 0.01 and 0.99 < float(unit.max()) <= 1
        assert abs(float(unit.mean()) - 0.5) < 0.02
        assert abs(float(unit.std()) - 12**-0.5) < 0.01
    together = torch.stack([angle, shear, *scales.T]).corrcoef()
    assert float((together - torch.eye(4)).abs().max()) < 0.065  # Four standard errors.


def test_ink_stays_inside_and_goes_everywhere():
    generator = torch.Generator().manual_seed(0)
    images = torch.zeros(600, 1, 16, 16)
    images[:, :, 6:10, 5:9] = 1
    matrix = homographies(600)
    moved = move_inside(images, matrix, generator)
    # The ink with the pixels on its sides.
    corners = torch.cartesian_prod(torch.tensor([-7.0, 3.0]) / 16, torch.tensor([-5.0, 5.0]) / 16)
    corners = corners.double().unsqueeze(0)
    ends = transform_points(moved, corners.expand(600, -1, -1))
    assert float(ends.abs().max()) <= 1 + 1e-12
    assert float(ends.amin()) < -0.97 and float(ends.amax()) > 0.97
    # The maps themselves stay as they were.
    torch.testing.assert_close(
        (moved @ matrix.inverse())[:, :2, :2], torch.eye(2).expand(600, 2, 2).double()
    )
    blank = move_inside(torch.zeros(1, 1, 4, 4), torch.eye(3)[None].double(), generator)
    assert float(blank[0, :2, 2].abs().max()) <= 1


def test_wrong_arguments():
    images, matrix = torch.ones(2, 1, 4, 4), torch.eye(3).repeat(2, 1, 1)
    with pytest.raises(ValueError, match=r"'matrix' must have the shape .* \(got \[3, 3\] for"):
        warp_images(images, matrix[0])
    for value in (0.0, float("nan")):
        broken = matrix.clone()
        broken[1] *= value
        with pytest.raises(ValueError, match=r"'matrix' must be invertible \(got .* at 1\)"):
            warp_images(images, broken)
    with pytest.raises(ValueError, match="'images' must leave more room around the ink"):
        move_inside(images, matrix.double(), torch.Generator())
