from dataclasses import fields

import torch

from pyg_symm.graphs import EgoPlan
from pyg_symm.graphs.ego_search import search

PATH = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])


def test_a_path_by_hand():
    found = search(PATH, 3, num_hops=1)
    expected = {
        "root": [0, 1, 2],
        "n_id": [0, 1, 0, 1, 2, 1, 2],
        "hop": [0, 1, 1, 0, 1, 1, 0],
        "n_sub_batch": [0, 0, 1, 1, 1, 2, 2],
        "sub_edge_index": [[0, 1, 2, 3, 3, 4, 5, 6], [1, 0, 3, 2, 4, 3, 6, 5]],
        "e_id": [0, 1, 0, 1, 2, 3, 2, 3],
        "e_sub_batch": [0, 0, 1, 1, 1, 1, 2, 2],
        "ego_id": [0, 1, 2],
    }
    assert {key: found[key].tolist() for key in expected} == expected
    sizes = {key: value for key, value in found.items() if key not in expected}
    assert sizes == {"num_nodes": 3, "num_edges": 4, "num_hops": 1, "shared": False}


def test_shared_ego_networks_by_hand():
    found = search(PATH, 3, num_hops=2, dedup=True)
    assert found["root"].tolist() == [0] and found["ego_id"].tolist() == [0, 0, 0]
    assert found["hop"].tolist() == [0, 0, 0] and found["shared"]


def test_fields_are_those_of_the_record():
    assert search(PATH, 3, 1).keys() <= {field.name for field in fields(EgoPlan)}
