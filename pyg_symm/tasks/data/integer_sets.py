"""Functions of multisets, trained on short sets and tested on longer ones."""

from collections.abc import Sequence
from typing import Any

from pyg_symm.datasets import IntegerSets

from .epochs import EpochDataModule


class IntegerSetData(EpochDataModule):
    r"""A task of :class:`~pyg_symm.datasets.IntegerSets`: short sets to train, longer ones to test.

    Args:
        task (str): The task.
        num_train (int): The number of training sets.
        num_test (int): The number of validation sets, and of test sets of each size.
        min_size (int): The fewest elements of a training set.
        max_size (int): The most elements of a training set.
        test_sizes (list): Sizes of the test sets; scores are named after them.
        batch_size (int): The number of sets in a mini-batch.
        seed (int, optional): The seed of data and shuffling. (default: :obj:`0`)
        limit (int, optional): Draw at most this many training sets; all sets are independent, so
            that any of them are evenly spread. (default: ``num_train``)
        **kwargs (optional): Further arguments of :class:`~pyg_symm.datasets.IntegerSets`.
    """

    def __init__(
        self,
        task: str,
        num_train: int,
        num_test: int,
        min_size: int,
        max_size: int,
        test_sizes: Sequence[int],
        batch_size: int,
        seed: int = 0,
        limit: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(batch_size, seed, limit, name=f"integer sets, {task}")
        num_train = num_train if limit is None else min(limit, num_train)
        base = 1000 * seed
        self.train = IntegerSets(task, num_train, min_size, max_size, seed=base, **kwargs)
        self.val = IntegerSets(task, num_test, min_size, max_size, seed=base + 1, **kwargs)
        self.tests = [
            IntegerSets(task, num_test, size, size, seed=base + 2 + i, **kwargs)
            for i, size in enumerate(test_sizes)
        ]
        self.test_names = ["test", *(f"test{size}" for size in test_sizes)]

    def describe(self) -> dict[str, int]:
        """The numbers of bits of an element and of a label."""
        return {"num_bits": self.train.num_bits, "label_bits": self.train.num_label_bits}

    @classmethod
    def example_sizes(cls) -> dict[str, int]:
        return {"num_bits": 4, "label_bits": 4}

    def train_dataloader(self) -> Any:
        return self.train.loader(
            self.batch_size,
            generator=self.generator,
            shuffle_elements=True,
            sampler=self.sampler(len(self.train)),
        )

    def val_dataloader(self) -> Any:
        return self.val.loader(self.batch_size)

    def test_dataloader(self) -> Any:
        return [data.loader(self.batch_size) for data in (self.val, *self.tests)]
