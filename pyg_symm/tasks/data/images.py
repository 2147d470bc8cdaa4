"""Images with classes."""

from collections.abc import Callable, Mapping, Sequence
from itertools import compress

from torch_geometric.data import Data

from pyg_symm.utils import check_limit, evenly_spread

from .splits import ClassSplits


class ImageSplits(ClassSplits):
    r"""A dataset of images with predefined splits, and further sets to test on.

    Args:
        dataset (Callable): From ``split=`` to a dataset of images ``x`` :math:`(1, C, h, w)` with
            classes ``y``.
        test_splits (list, optional): Splits to test on. (default: ``["test"]``)
        tests (dict, optional): Further sets to test on, from their names. (default: none)
        test_limit (int, optional): Test on at most this many images of each set, evenly spread.
            (default: all)
        **kwargs (optional): Arguments of :class:`SplitData`.
    """

    def __init__(
        self,
        dataset: Callable[..., Sequence[Data]],
        test_splits: Sequence[str] = ("test",),
        tests: Mapping[str, Sequence[Data]] | None = None,
        test_limit: int | None = None,
        **kwargs: object,
    ) -> None:
        check_limit(test_limit, "test_limit")
        super().__init__(dataset, test_splits, **kwargs)  # type: ignore[arg-type]
        for name, images in (tests or {}).items():
            self.parts[name] = list(images)
        self.test_names = [*self.test_names, *(tests or {})]
        if test_limit is not None:
            for name in self.test_names:
                chosen = evenly_spread(test_limit, len(self.parts[name])).tolist()
                self.parts[name] = list(compress(self.parts[name], chosen))

    def describe(self) -> dict[str, int]:
        """The numbers of channels of an image and of classes."""
        sizes = super().describe()
        return {**sizes, "in_channels": self.parts["train"][0].x.size(1)}

    @classmethod
    def example_sizes(cls) -> dict[str, int]:
        return {"in_channels": 1, "out_channels": 2}
