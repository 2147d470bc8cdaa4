import torch


def test_equal_entries_move_freely(carries):
    axes, lost = carries(
        lambda a: a + torch.zeros_like(a) + a.new_full((4,), 2.0), a=torch.randn(4)
    )
    assert axes["a"] == ["u0"] and not lost


def test_others_freeze_what_they_meet(carries):
    axes, _ = carries(lambda a: a + torch.arange(4), a=torch.randn(3, 4))
    assert axes["a"] == ["u0", "4"]
    axes, _ = carries(lambda a: a @ torch.eye(4), a=torch.randn(3, 4))
    assert axes["a"] == ["u0", "4"]


def test_a_tensor_that_is_filled_by_place(carries):
    def func(a):
        torch.manual_seed(0)
        return a + torch.empty(4).normal_()

    axes, _ = carries(func, a=torch.randn(3, 4))
    assert axes["a"] == ["u0", "4"]
