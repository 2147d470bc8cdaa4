"""The wheel of MOSES: its molecules, its reference statistics and its filters."""

from pyg_symm.utils.wheel import Wheel

#: All files of MOSES, 51.6 MB. :meth:`Wheel.only` chooses those that are needed.
MOLSETS = Wheel(
    name="molsets",
    version="0.3.1",
    megabytes=51.6,
    members={
        "moses/dataset/data/train.csv.gz": (
            "786f0313aa6b9ba5514df685f885742a70ea8d86f1a4fa48115f7f80a634265c"
        ),
        "moses/dataset/data/test.csv.gz": (
            "f896fbf3764f88d94670b9959e5872c600c12152a18233823e820761b7a791b2"
        ),
        "moses/dataset/data/test_scaffolds.csv.gz": (
            "adffb2192c1bfe31ab0e13154d4af19a37dc18bdbf3cd7b4491e04405128adde"
        ),
        "moses/dataset/data/test_stats.npz": (
            "ded25073225a895d4ed17bf1d4223d27560e87ff4cb85786346ca1cc8efa03d3"
        ),
        "moses/dataset/data/test_scaffolds_stats.npz": (
            "7b7aba6c1474634a019bebf16f389d554cb9dd1021dfc8c1d1e54430a9f0e7f8"
        ),
        "moses/metrics/mcf.csv": (
            "f4a2bfacb4cb8877295eb2a4b4e61ec9770a26388f1331e5dc9c193d22dd5f89"
        ),
        "moses/metrics/wehi_pains.csv": (
            "d762e5420ec70f06d7e41d336cae6f67e2feb0eddf05c6171192a332726d296f"
        ),
    },
)
