import pytest

from pyg_symm.datasets.splits import SPLITS, check_split, split_generator


def test_seeds_of_splits_differ():
    seeds = [split_generator(split, seed).initial_seed() for seed in range(3) for split in SPLITS]
    assert seeds == list(range(9))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: check_split("valid"),
            r"'split' must be one of \['train', 'val', 'test'\] \(got 'valid'\)",
        ),
        (lambda: check_split("val", {"all": 1}), r"'split' must be one of \['all'\] \(got 'val'\)"),
        (lambda: split_generator("all", 0), "'split' must be one of"),
        (lambda: split_generator("val", -1), r"'seed' must be an integer of 0 or more \(got -1\)"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
