"""MUTAG: nitroaromatic compounds and whether they are mutagenic."""

import os.path as osp
from collections.abc import Callable

from torch_geometric.io import read_tu_data

from pyg_symm.datasets.processed import ProcessedInMemoryDataset
from pyg_symm.datasets.wheel_files import WheelDataset
from pyg_symm.utils.wheel import Wheel


class MUTAG(WheelDataset, ProcessedInMemoryDataset):
    r"""188 nitroaromatic compounds of `"Structure-Activity Relationship of Mutagenic Aromatic and
    Heteroaromatic Nitro Compounds" <https://doi.org/10.1021/jm00106a046>`_, with the task to
    predict whether they are mutagenic.

    The graphs are those of :class:`torch_geometric.datasets.TUDataset`, in the same order: ``x``
    :math:`(N, 7)` is the element (C, N, O, F, I, Cl, Br) and ``edge_attr`` :math:`(E, 4)` the type
    of bond (aromatic, single, double, triple), both one-hot, and ``y`` :math:`(1)` is 1 for a
    mutagenic compound. The files come out of a wheel on the package index instead of a site of
    their own, which many clusters cannot reach.

    Args:
        root (str, optional): Where to keep the data, in a folder ``MUTAG``.
            (default: :func:`~pyg_symm.datasets.default_root`)
        transform (Callable, optional): Applied to a graph at every access.
        pre_transform (Callable, optional): Applied to each graph once, before it is saved.
        pre_filter (Callable, optional): Whether to keep a graph.
        force_reload (bool, optional): Whether to process the data again. (default: :obj:`False`)

    Examples:
        >>> dataset = MUTAG()  # doctest: +SKIP
        >>> len(dataset), dataset.num_features, dataset.num_classes  # doctest: +SKIP
        (188, 7, 2)
    """

    # Not a wheel for Windows, whose files have other line ends.
    wheel = Wheel(
        name="grakel",
        version="0.1.11",
        members={
            "grakel/tests/data/MUTAG/MUTAG_A.txt": (
                "d9656ca7493f3445d737c711710bb36fd432dddd1c0ea32e1d4713c86ebd28e2"
            ),
            "grakel/tests/data/MUTAG/MUTAG_edge_labels.txt": (
                "4669ce755075ff86c3240709345745886400908fa637a49310459b9c267b3e56"
            ),
            "grakel/tests/data/MUTAG/MUTAG_graph_indicator.txt": (
                "7d520a4d6c7961c0cdeabe076d8fe27e795b6d373485c9a2b744987e560a2056"
            ),
            "grakel/tests/data/MUTAG/MUTAG_graph_labels.txt": (
                "a1518ea39ba3426bd42f57396b9c4baffe68e9adc718caeeab0119c6591a5f2c"
            ),
            "grakel/tests/data/MUTAG/MUTAG_node_labels.txt": (
                "678f429965490e84dd27713017538c995fc05d1621beac910848b600015ee863"
            ),
        },
        pip_args=(
            *("--platform", "manylinux_2_28_x86_64"),
            *("--python-version", "3.11"),
            *("--implementation", "cp"),
        ),
    )

    def __init__(
        self,
        root: str | None = None,
        transform: Callable | None = None,
        pre_transform: Callable | None = None,
        pre_filter: Callable | None = None,
        force_reload: bool = False,
    ) -> None:
        super().__init__(root, transform, pre_transform, pre_filter, force_reload=force_reload)
        self.load(self.processed_paths[0])

    @property
    def folder(self) -> str:
        """That of :class:`~torch_geometric.datasets.TUDataset`, which can read the same files."""
        return osp.join(self.root, "MUTAG")

    @property
    def raw_dir(self) -> str:
        """The folder of the text files."""
        return osp.join(self.folder, "raw")

    @property
    def processed_file_names(self) -> str:
        """All graphs in one file."""
        return "data.pt"

    def process(self) -> None:
        """Reads the text files."""
        self.data, self.slices, _ = read_tu_data(self.raw_dir, "MUTAG")
        graphs = [self.get(i) for i in range(self.len())]
        self.store(graphs, self.processed_paths[0])
