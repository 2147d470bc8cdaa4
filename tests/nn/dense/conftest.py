"""Graphs in blocks as two planes of pairs, and the doubled graph that they stand for."""

import pytest
import torch

from pyg_symm.nn.dense import BlockLayout

_BLOCKS = torch.tensor([[0, 0, 1, 2, 2, 2, 3], [0, 1, 1, 1, -1, -1, -1]])
_N = _BLOCKS.size(1)


def _unfold(planes):
    """Two planes :math:`(B, 2, N, N, C)` as pairs of the doubled graph."""
    out = planes.new_zeros(len(planes), 2 * _N, 2 * _N, planes.size(-1))
    for b, block_id in enumerate(_BLOCKS):
        for i in range(_N):
            for j in range(_N):
                if min(block_id[i], block_id[j]) < 0:
                    continue
                out[b, i, j] = planes[b, 0, i, j]
                a = i + _N * (block_id[i] >= block_id[j])
                c = j + _N * (block_id[j] >= block_id[i])
                out[b, a, c] = planes[b, 1, i, j]
    return out


@pytest.fixture
def blocks():
    """The block of each node, -1 where there is none."""
    return _BLOCKS


@pytest.fixture
def doubled():
    """Who sees whom among finished and noisy nodes, literally :math:`(B, 2N, 2N)`."""
    ids = torch.cat([_BLOCKS, _BLOCKS], dim=1)
    noisy = torch.arange(2 * _N) >= _N
    same = (ids.unsqueeze(2) == ids.unsqueeze(1)) & (noisy.unsqueeze(1) == noisy)
    earlier = (ids.unsqueeze(1) < ids.unsqueeze(2)) & ~noisy
    return (same | earlier) & (ids.unsqueeze(2) >= 0) & (ids.unsqueeze(1) >= 0)


@pytest.fixture
def unfold():
    return _unfold


@pytest.fixture
def inputs():
    """Nodes of eight channels, pairs of four, and their layout."""
    torch.manual_seed(0)
    x = torch.randn(2, 2, _N, 8)
    e = torch.randn(2, 2, _N, _N, 4)
    return x, e, BlockLayout.of(_BLOCKS)
