import logging
import warnings

from pyg_symm.run.quiet import quiet


def test_the_banner_is_silent_and_other_warnings_are_not():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        quiet()
        warnings.warn("The dataloader does not have many workers which may be slow", stacklevel=1)
        warnings.warn("this matters", stacklevel=1)
    assert [str(w.message) for w in caught] == ["this matters"]
    assert not logging.getLogger("pytorch_lightning").isEnabledFor(logging.INFO)
