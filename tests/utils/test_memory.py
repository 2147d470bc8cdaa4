import warnings

import pytest
import torch

from pyg_symm.utils.memory import check_memory, fits, free_memory, warn_of_memory

CPU = torch.device("cpu")


def test_free_memory():
    assert 2**20 < free_memory(CPU) < 2**50
    assert free_memory(torch.device("meta")) is None
    assert fits(2**20, CPU) and not fits(2**50, CPU) and fits(2**50, torch.device("meta"))


@pytest.mark.parametrize("check", [check_memory, warn_of_memory])
def test_what_does_not_fit_is_refused(check):
    message = r"9 pairs need 1,048,576.0 GiB of memory, but .* GiB are free on 'cpu'; buy more"
    with pytest.raises(ValueError, match=message):
        check(2**50, CPU, "9 pairs", "buy more")


def test_what_fits_and_is_large_is_announced():
    with pytest.warns(UserWarning, match=r"9 pairs need 1.0 GiB of memory; to need less, wait"):
        warn_of_memory(2**30 + 1, CPU, "9 pairs", "wait")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_memory(2**30, CPU, "9 pairs", "wait")
        check_memory(2**30 + 1, CPU, "9 pairs", "wait")
