"""Small knowledge graphs out of a wheel on the package index."""

import os.path as osp

from pyg_symm.utils.root import default_root
from pyg_symm.utils.wheel import Wheel

from .knowledge_graph import KnowledgeGraph
from .triple_files import read_triples


class WheelKnowledgeGraph(KnowledgeGraph):
    r"""A knowledge graph whose files are members of a wheel.

    Subclasses name the wheel. Its files are fetched once, and again if they have changed.

    Args:
        root (str, optional): Where to keep the data, in a folder named after the class.
            (default: :func:`~pyg_symm.datasets.default_root`)
    """

    wheel: Wheel

    def __init__(self, root: str | None = None) -> None:
        name = type(self).__name__
        folder = osp.join(default_root() if root is None else root, name, "raw")
        self.wheel.fetch(folder)
        graph = read_triples(folder, name=name)
        super().__init__(graph.splits, graph.entities, graph.relations, name)
        self.repeated = graph.repeated


def _pykeen(folder: str, train: str, valid: str, test: str) -> Wheel:
    sums = {"train": train, "valid": valid, "test": test}
    members = {f"pykeen/datasets/{folder}/{split}.txt": value for split, value in sums.items()}
    return Wheel(name="pykeen", version="1.11.1", members=members, megabytes=0.7)


class Nations(WheelKnowledgeGraph):
    r"""14 countries and 55 relations between them: 1,592 triples to train, 199 to validate and 201
    to test.

    Args:
        root (str, optional): Where to keep the data, in a folder ``Nations``.
            (default: :func:`~pyg_symm.datasets.default_root`)

    Examples:
        >>> Nations()  # doctest: +SKIP
        Nations(14 entities, 55 relations, 1,592 / 199 / 201 triples)
    """

    wheel = _pykeen(
        "nations",
        train="0830fa9da8e5bba2ccdaa45b7bdc9130451ba66b09ff2708f35fccaf82473e57",
        valid="2b337a62e51a2f45c283eac98a70d21b7e0e102136be1539b2a52c652a7b0530",
        test="3971085165b47b6aeaec68058c6d8d98b3005e929db81268410b95ae4db770ab",
    )


class UMLS(WheelKnowledgeGraph):
    r"""135 terms of medicine and 46 relations between them: 5,216 triples to train, 652 to validate
    and 661 to test.

    Args:
        root (str, optional): Where to keep the data, in a folder ``UMLS``.
            (default: :func:`~pyg_symm.datasets.default_root`)

    Examples:
        >>> UMLS()  # doctest: +SKIP
        UMLS(135 entities, 46 relations, 5,216 / 652 / 661 triples)
    """

    wheel = _pykeen(
        "umls",
        train="873ef4925516b83e7f6f8cc02b4be51d848828710a7f65a956f0ac4a9e452f35",
        valid="025c98f8a4891e2a6582ec5b40ee0d904031edad9c52554522f4b7904820c98e",
        test="a7eb529a3d2810fcc96341ccc97c625a5e202f8389673aa6bd317eeebbb79014",
    )


class Kinships(WheelKnowledgeGraph):
    r"""104 members of an Australian tribe and 25 terms of kinship: 8,544 triples to train, 1,068 to
    validate and 1,074 to test.

    Args:
        root (str, optional): Where to keep the data, in a folder ``Kinships``.
            (default: :func:`~pyg_symm.datasets.default_root`)

    Examples:
        >>> Kinships()  # doctest: +SKIP
        Kinships(104 entities, 25 relations, 8,544 / 1,068 / 1,074 triples)
    """

    wheel = _pykeen(
        "kinships",
        train="738612111a6acf0e39662bde24c7e72a4d1edf20931beea077da367dda689731",
        valid="c56f8630a583178b1e569f11a64aa535ae1ce0b0912d8b1e24716be2b37f04da",
        test="05e5733265761d55be9c05bfaff5a8d0808df46f9c1e9d66cc3f2fe114e43d88",
    )
