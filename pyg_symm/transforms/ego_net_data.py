"""A graph together with its ego-networks."""

import copyreg
from abc import ABCMeta
from typing import Any

import torch
from torch_geometric.data import Batch, Data
from torch_geometric.transforms.rooted_subgraph import RootedSubgraphData

_OURS = ("num_hops", "root", "hop", "ego_id", "pair_order", "pair_count")
#: What the transform stores, by name.
EGO_NET_KEYS = ("sub_edge_index", "n_id", "e_id", "n_sub_batch", "e_sub_batch", *_OURS)


class _DataType(ABCMeta):
    """The metaclass of classes that are created at run time and can still be pickled."""


class EgoNetData(RootedSubgraphData, metaclass=_DataType):
    r"""A graph together with its ego-networks, as :class:`EgoNets` makes it.

    Beside the fields of PyG's ``RootedSubgraphData``, of :math:`S` ego-networks with :math:`n`
    members and :math:`T` ordered pairs of members, of which :math:`U` are distinct in the graph:

    * ``root`` :math:`(S)`: the node of the root; ``hop`` :math:`(n)`: the distance to the root.
    * ``num_hops`` :math:`(1)`: the number of hops, not among :meth:`keys`.
    * ``ego_id`` :math:`(N)`: the ego-network of each node, if ``dedup=True``.
    * ``pair_order`` :math:`(T)`, ``pair_count`` :math:`(U)`: the pairs, ego by ego and row-major,
      in an order that brings together those of the same two nodes, if ``pairs=True``.
    """

    def keys(self) -> list[str]:
        """Names of the attributes; ``num_hops`` is a setting, and not one of them."""
        return [key for key in super().keys() if key != "num_hops"]

    def __inc__(self, key: str, value: Any, *args: Any, **kwargs: Any) -> Any:
        if key in ("n_sub_batch", "e_sub_batch", "ego_id"):
            return self.root.numel()
        if key == "root":
            return self.num_nodes
        if key == "pair_order":
            return value.numel()
        return super().__inc__(key, value, *args, **kwargs)

    def map_data(self) -> Data:
        """The ego-networks as graphs of their own, with ``hop`` as a feature of their nodes."""
        data = self.clone()
        for key in _OURS:
            data.pop(key, None)
        data = RootedSubgraphData.map_data(data)
        data.hop = self.hop
        return data


# What PyG does for its own data: saved sets of it load without pickled code.
torch.serialization.add_safe_globals([EgoNetData])


_types: dict[Any, Any] = {}  # So that equal data has one class.


def ego_net_type(data_type: Any) -> type[EgoNetData]:
    r"""The class of graphs with ego-networks that keeps the batching rules of another class.

    A batch becomes one graph of that class, whose ``batch`` and ``ptr`` it keeps.

    Args:
        data_type (type): A subclass of :class:`torch_geometric.data.Data`.

    Examples:
        >>> ego_net_type(Data)
        <class 'pyg_symm.transforms.ego_net_data.EgoNetData'>
    """
    if issubclass(EgoNetData, data_type):
        return EgoNetData
    if issubclass(data_type, Batch):
        # Ego-networks of all graphs together: those of one graph could not be taken out again.
        return ego_net_type(data_type.__bases__[-1])
    if issubclass(data_type, EgoNetData):
        return data_type
    if data_type not in _types:
        _types[data_type] = _with_egos(data_type)
    return _types[data_type]


def _with_egos(data_type: type[Data]) -> Any:
    names = {"_base": data_type, "__module__": data_type.__module__}
    return _DataType(f"EgoNet{data_type.__name__}", (EgoNetData, data_type), names)


def _pickled(data_type: Any) -> Any:
    base = vars(data_type).get("_base")
    return data_type.__qualname__ if base is None else (ego_net_type, (base,))


copyreg.pickle(_DataType, _pickled)
