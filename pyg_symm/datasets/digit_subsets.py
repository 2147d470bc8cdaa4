"""Sets of digits, a few of which are another one than the rest."""

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor
from torch_geometric.data import Data

from pyg_symm.utils import index_to_ptr
from pyg_symm.utils.root import default_root

from .digits import DIGITS, NUM_CLASSES, SIZE, digit_split, read_digits
from .subset_sets import SubsetDataset, check_subset_size, random_subsets


class DigitSubsets(SubsetDataset):
    r"""Sets of handwritten digits; the optimal subset are the few that show another digit.

    Both digits of a set, and the number of the few, are drawn at random. The 5,000 images come out
    of a wheel on the package index. Images are split before sets are drawn: no image is in sets of
    two splits.

    Args:
        root (str, optional): Where data sets are kept.
            (default: that of :func:`~pyg_symm.datasets.default_root`)
        split (str, optional): ``"train"``, ``"val"`` or ``"test"``. (default: ``"train"``)
        num_sets (int, optional): The number of sets. (default: :obj:`1000`)
        size (int, optional): The number of images of a set. (default: :obj:`16`)
        k (tuple, optional): The fewest and the most images of a subset. (default: :obj:`(2, 4)`)
        image_size (int, optional): The width and height of images: ``28``, or a divisor, for which
            blocks of pixels are averaged. (default: :obj:`14`)
        seed (int, optional): The sets are a function of it. (default: :obj:`0`)
        transform (Callable, optional): Applied to a set at every access.

    Raises:
        ValueError: If there is no such split, or a number does not fit.

    Examples:
        >>> DigitSubsets(num_sets=4)[0]  # doctest: +SKIP
        Data(x=[16, 196], y=[16])
    """

    def __init__(
        self,
        root: str | None = None,
        split: str = "train",
        num_sets: int = 1000,
        size: int = 16,
        k: tuple[int, int] = (2, 4),
        image_size: int = 14,
        seed: int = 0,
        transform: Callable | None = None,
    ) -> None:
        if not isinstance(k, Sequence) or len(k) != 2:
            raise ValueError(f"'k' must be the fewest and the most images (got {k!r})")
        check_subset_size(k[0], size)
        check_subset_size(k[1], size)
        if k[1] < k[0]:
            raise ValueError(f"'k' must not decrease (got {tuple(k)})")
        if image_size < 1 or SIZE % image_size:
            raise ValueError(f"'image_size' must divide {SIZE} (got {image_size})")
        self.size, self.k, self.image_size = size, (k[0], k[1]), image_size
        self._home = default_root() if root is None else root
        super().__init__(split, num_sets, seed, transform)

    def draw(self, num_sets: int, generator: torch.Generator) -> list[Data]:
        folder = f"{self._home}/Digits/raw"
        DIGITS.fetch(folder)
        images, digit = read_digits(f"{folder}/{DIGITS.file_names[0]}")
        index = digit_split(digit, self.split)
        x = _shrunk(images[index], self.image_size)
        # Images in the order of their digits, and where each digit begins.
        order = digit[index].argsort(stable=True)
        ptr = index_to_ptr(digit[index], NUM_CLASSES)
        usual = torch.randint(NUM_CLASSES, (num_sets, 1), generator=generator)
        shift = torch.randint(1, NUM_CLASSES, (num_sets, 1), generator=generator)
        low, high = self.k
        counts = torch.randint(low, high + 1, (num_sets,), generator=generator)
        y = torch.cat([random_subsets(1, self.size, int(count), generator) for count in counts])
        kind = torch.where(y, (usual + shift) % NUM_CLASSES, usual)
        # Distinct images of each digit: the first ones of a random order of all of its images.
        per_digit = int(ptr.diff().min())
        drawn = torch.rand(num_sets, per_digit, generator=generator).argsort(dim=1)
        if self.size > per_digit:
            raise ValueError(f"'size' must be at most {per_digit} (got {self.size})")
        rows = order[ptr[kind] + drawn[:, : self.size]]
        return [Data(x=x[rows[i]], y=y[i]) for i in range(num_sets)]


def _shrunk(images: Tensor, size: int) -> Tensor:
    r"""Images :math:`(I, s^2)` with values in :math:`[0, 1]`."""
    x = images.to(torch.get_default_dtype()) / 255
    return F.avg_pool2d(x.unsqueeze(1), SIZE // size).flatten(1)
