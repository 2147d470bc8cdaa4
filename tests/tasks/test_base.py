import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symm.tasks import BitPrediction
from pyg_symm.tasks.base import Task


class Count(Task):
    """Scores the mean of `y`, in batches of different sizes."""

    def evaluate(self, batch):
        return {"mean": (batch.y.sum(), batch.num_graphs)}


def batch(*values):
    return Batch.from_data_list(
        [Data(x=torch.zeros(1, 1), y=torch.tensor([float(v)])) for v in values]
    )


def test_averages_weigh_samples_not_batches():
    task = Count(torch.nn.Linear(1, 1))
    task._collect(batch(1, 1, 1), "val")
    task._collect(batch(5), "val")
    task._collect(batch(7), "test")
    assert task._averages() == {"val/mean": 2.0, "test/mean": 7.0}
    assert task._averages() == {}  # The next epoch starts from nothing.


def test_an_average_with_nan_is_nan():
    task = Count(torch.nn.Linear(1, 1))
    for value in (1, float("nan"), 3):
        task._collect(batch(value), "val")
    assert torch.tensor(task._averages()["val/mean"]).isnan()


class CountLabels(Task):
    """Scores the mean of labels, of which a batch may have none."""

    def evaluate(self, batch):
        known = batch.y[batch.y >= 0]
        return {"mean": (known.sum(), known.numel())}


def test_batches_without_labels_do_not_count():
    task = CountLabels(torch.nn.Linear(1, 1))
    for values in ((-1, -1), (2, -1), (4, 6)):
        task._collect(batch(*values), "val")
    assert task._averages() == {"val/mean": 4.0}
    task._collect(batch(-1), "val")
    assert torch.tensor(task._averages()["val/mean"]).isnan()


def test_curves_travel_with_the_checkpoint():
    task, other = Count(torch.nn.Linear(1, 1)), Count(torch.nn.Linear(1, 1))
    task.curves = {"val/mean": [1.0, 2.0]}
    checkpoint: dict = {}
    task.on_save_checkpoint(checkpoint)
    other.on_load_checkpoint(checkpoint)
    assert other.curves == task.curves


def test_optimiser_and_schedule_are_factories():
    model = torch.nn.Linear(1, 1)
    assert isinstance(Count(model).configure_optimizers(), torch.optim.Adam)
    task = Count(
        model,
        optimizer=lambda parameters: torch.optim.SGD(parameters, lr=0.5),
        scheduler=lambda optimizer: torch.optim.lr_scheduler.StepLR(optimizer, 1),
    )
    found = task.configure_optimizers()
    assert found["optimizer"].param_groups[0]["lr"] == 0.5
    assert found["lr_scheduler"].optimizer is found["optimizer"]


@pytest.mark.parametrize(
    "saved", [{}, {"lr_schedulers": [], "optimizer_states": [{"param_groups": [{"lr": 0.1}]}]}]
)
def test_weights_of_a_run_without_a_schedule_load(saved):
    task = Count(
        torch.nn.Linear(1, 1),
        scheduler=lambda optimizer: torch.optim.lr_scheduler.StepLR(optimizer, 1),
    )
    checkpoint = {"curves": {"val/mean": [1.0]}, **saved}
    task.on_load_checkpoint(checkpoint)
    assert checkpoint == {"curves": task.curves, **saved}


def test_tasks_must_say_what_to_do():
    task = Task(torch.nn.Linear(1, 1))
    for method in (task.loss, task.evaluate):
        with pytest.raises(NotImplementedError):
            method(batch(1))
    assert task.summary() == {} and isinstance(BitPrediction(torch.nn.Linear(1, 1)), Task)
