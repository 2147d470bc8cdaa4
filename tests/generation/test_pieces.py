import torch
from torch_geometric.data import Data

from pyg_symm.generation import main_piece, num_pieces
from pyg_symm.generation.pieces import pieces_of


def graph(edges, num_nodes, **kwargs):
    both = torch.tensor(edges + [(b, a) for a, b in edges], dtype=torch.long).view(-1, 2).t()
    return Data(
        x=torch.arange(num_nodes).view(-1, 1),
        edge_index=both,
        edge_attr=torch.arange(1, both.size(1) + 1),
        num_nodes=num_nodes,
        **kwargs,
    )


def test_numbers_of_pieces():
    data = graph([(0, 3), (1, 4)], 6)
    assert num_pieces(data) == 4
    piece = pieces_of(data)
    assert piece[0] == piece[3] and piece[1] == piece[4] and piece.unique().numel() == 4
    assert num_pieces(graph([], 1)) == 1 and num_pieces(graph([], 0)) == 0


def test_the_largest_piece_with_all_that_belongs_to_it():
    block_id = torch.tensor([0, 0, 1, 2, 2, 2])
    data = graph([(0, 1), (2, 4), (4, 5)], 6, block_id=block_id, num_blocks=3)
    piece = main_piece(data)
    assert piece.x.view(-1).tolist() == [2, 4, 5]
    assert piece.block_id.tolist() == [0, 1, 1] and piece.num_blocks == 2
    assert piece.edge_index.tolist() == [[0, 1, 1, 2], [1, 2, 0, 1]]
    assert piece.edge_attr.tolist() == [2, 3, 5, 6]


def test_the_piece_with_the_given_nodes_even_if_it_is_smaller():
    origin = torch.tensor([1, 0, -1, -1, -1, -1])
    data = graph([(0, 1), (2, 4), (4, 5)], 6, origin=origin)
    piece = main_piece(data)
    assert piece.x.view(-1).tolist() == [0, 1] and piece.origin.tolist() == [1, 0]


def test_all_pieces_with_given_nodes():
    data = graph([(0, 1), (2, 4), (4, 5)], 6, origin=torch.tensor([0, -1, -1, 1, -1, -1]))
    piece = main_piece(data)
    assert piece.x.view(-1).tolist() == [0, 1, 3] and piece.origin.tolist() == [0, -1, 1]


def test_equal_pieces_are_decided_by_the_key_and_a_whole_graph_is_itself():
    data = graph([(0, 1), (2, 3)], 4)
    assert main_piece(data).x[0] == 0
    assert main_piece(data, lambda piece: -int(piece.x.sum())).x[0] == 2
    whole = graph([(0, 1)], 2)
    assert main_piece(whole) is whole
