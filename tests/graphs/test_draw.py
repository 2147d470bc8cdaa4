import pytest
import torch
from torch_geometric.data import Data

from pyg_symm.graphs.draw import draw_graphs


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_draws_connected_and_other_graphs(ending, tmp_path):
    edge_index = torch.tensor([[0, 1], [1, 0]])
    graphs = [Data(edge_index=edge_index, num_nodes=n, block_id=torch.arange(n)) for n in (2, 4, 3)]
    path = tmp_path / f"graphs.{ending}"
    draw_graphs(str(path), graphs, columns=2)
    assert path.stat().st_size > 1000
    if ending == "svg":  # Text of labels is drawn as paths, with the text as a comment.
        text = path.read_text()
        assert "3 of 3 graphs" in text and "4 nodes" in text and "node colour" in text
