import pytest

from pyg_symm.metrics.expressivity import expressivity_report
from pyg_symm.nn.models import AggregatorGIN


def test_pairs_that_are_told_apart_are_counted():
    models = {"GIN": lambda: AggregatorGIN(1, 8, 3, 4)}
    report = expressivity_report(models, ["rook / Shrikhande"], seeds=[0])
    assert report["separated"] == {"rook / Shrikhande": {"GIN": 0}}
    assert report["table"].splitlines()[2].startswith("| rook / Shrikhande | no")
    with pytest.raises(ValueError, match="'rows' must be of .*got 'moon'"):
        expressivity_report(models, ["moon"])
