import pytest
import torch

from pyg_symm.nn.models import DeepSetsSelector
from pyg_symm.testing import ModelSuite

BATCH = torch.tensor([0, 0, 0, 1, 1])


class TestDeepSetsSelector(ModelSuite):
    model = DeepSetsSelector

    def build(self):
        return DeepSetsSelector(self.in_channels, 8)

    def call(self, model, batch):
        return model(batch.x, batch.batch)


def test_loss_and_selection():
    model, x = DeepSetsSelector(3, 8), torch.randn(5, 3)
    y = torch.tensor([1, 0, 1, 0, 1])
    cost = torch.nn.functional.softplus(torch.where(y.bool(), -1, 1) * model(x, BATCH).logit())
    torch.testing.assert_close(model.loss(x, y, BATCH), cost.sum() / 2, rtol=1e-4, atol=1e-5)
    assert model.predict(x, BATCH, k=1).sum() == 2
    with pytest.raises(ValueError, match="'y' must be zero or one"):
        model.loss(x, y * 2, BATCH)
