import time

import pytest

from pyg_symm.tasks import TimeEstimate
from pyg_symm.tasks.estimate import duration


class Bar:
    def __init__(self):
        self.lines = []

    def print(self, text):
        self.lines.append(text)


class Loop:
    max_epochs = 10
    num_training_batches = 100

    def __init__(self, bar):
        self.progress_bar_callback = bar
        self.global_step = 0


def steps(loop, estimate, count, seconds):
    for _ in range(count):
        time.sleep(seconds)
        loop.global_step += 1
        estimate.on_train_batch_end(loop)


def test_the_time_that_is_left_is_said_once():
    bar = Bar()
    steps(Loop(bar), TimeEstimate(0.05), 20, 0.01)
    assert len(bar.lines) == 1 and "steps left, about " in bar.lines[0]
    assert 5 < int(bar.lines[0].split("about ")[1].split(" s")[0]) < 40  # 990 steps of 10 ms.


def test_nothing_is_said_without_a_bar_or_an_end():
    steps(Loop(None), TimeEstimate(0.0), 5, 0.0)
    bar = Bar()
    loop = Loop(bar)
    loop.max_epochs = -1
    steps(loop, TimeEstimate(0.0), 5, 0.0)
    assert bar.lines == []
    with pytest.raises(ValueError, match="'seconds' must not be negative .got -1"):
        TimeEstimate(-1)


def test_units():
    assert [duration(s) for s in (59.4, 60, 3599, 3600)] == [
        "59 s",
        "1 min 0 s",
        "59 min 59 s",
        "1 h 0 min",
    ]
