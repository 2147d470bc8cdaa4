import pytest
import pytorch_lightning as pl
import torch
from torch_geometric.data import Data

from pyg_symm.groups import random_rotations
from pyg_symm.tasks import EquivarianceError, PointData, VectorRegression
from pyg_symm.tasks.points.equivariance import equivariance_errors


class Axis(torch.nn.Module):
    """Vectors that lean to a fixed axis, and scalars that count along it."""

    def __init__(self, lean):
        super().__init__()
        self.lean = torch.nn.Parameter(torch.tensor(lean))

    def forward(self, x, pos, edge_index=None, batch=None, vec=None):
        axis = self.lean * pos.new_tensor([0.0, 0.0, 1.0])
        return 1 + pos @ axis.view(-1, 1), (vec[:, 0] + axis).unsqueeze(1)


@pytest.fixture
def clouds():
    torch.manual_seed(0)
    make = torch.randn
    return [Data(pos=make(4, 3), vec=make(4, 1, 3), y=make(4, 3)) for _ in range(8)]


def test_error_is_that_of_the_definition(clouds):
    batch = next(iter(PointData(clouds, batch_size=8).val_dataloader()))
    rotations = random_rotations(3, generator=torch.Generator().manual_seed(1))
    exact = equivariance_errors(VectorRegression(Axis(0.0)), batch, rotations)
    assert exact["scalars"] == 0 and exact["vectors"] < 1e-6
    found = equivariance_errors(VectorRegression(Axis(0.5)), batch, rotations)
    axis = torch.tensor([0.0, 0.0, 0.5])
    vectors = batch.vec[:, 0] + axis
    wrong = [len(vectors) ** 0.5 * (axis @ r - axis).norm() / vectors.norm() for r in rotations]
    assert found["vectors"] == pytest.approx(float(sum(wrong) / 3), rel=1e-5)
    scalars = 1 + batch.pos @ axis
    turned = [(1 + batch.pos @ r.mT @ axis - scalars).norm() / scalars.norm() for r in rotations]
    assert found["scalars"] == pytest.approx(float(sum(turned) / 3), rel=1e-5)


@pytest.mark.filterwarnings("ignore:The '.*_dataloader' does not have many workers")
def test_a_run_reports_it(clouds):
    data = PointData(clouds)
    callback = EquivarianceError(num_rotations=2)
    trainer = pl.Trainer(logger=False, enable_progress_bar=False, callbacks=[callback])
    found = trainer.test(VectorRegression(Axis(0.5)), datamodule=data, verbose=False)[0]
    assert found["equivariance/vectors"] > 0.01 and found["equivariance/scalars"] > 0.01
    with pytest.raises(ValueError, match="'num_rotations'"):
        EquivarianceError(0)
