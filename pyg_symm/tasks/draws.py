"""Scores of networks that draw samples, such as elements of a group, in every forward pass."""

import inspect

import torch


def takes_draws(model: torch.nn.Module) -> bool:
    """Whether a network draws samples: ``forward`` has an argument ``generator``, and the attribute
    ``resample`` is not false.
    """
    takes = inspect.signature(model.forward).parameters
    return "generator" in takes and bool(getattr(model, "resample", True))


def merge_draws(found: dict[str, float], name: str, num_draws: int) -> dict[str, float]:
    r"""Scores of several draws as their mean and standard deviation.

    Args:
        found (dict): Scores; those of draw ``i`` are called ``{prefix}/{name}_{i}``.
        name (str): The name of the score.
        num_draws (int): The number of draws.

    Examples:
        >>> merge_draws({"test/acc_0": 1.0, "test/acc_1": 3.0, "test/loss": 2.0}, "acc", 2)
        {'test/loss': 2.0, 'test/acc': 2.0, 'test/acc_std': 1.4142135381698608}
    """
    found = dict(found)
    for prefix in dict.fromkeys(key.rpartition("/")[0] for key in found):
        names = [f"{prefix}/{name}_{draw}" for draw in range(num_draws)]
        if num_draws > 0 and names[0] in found:
            draws = torch.tensor([found.pop(each) for each in names])
            found[f"{prefix}/{name}"] = float(draws.mean())
            found[f"{prefix}/{name}_std"] = float(draws.std(correction=min(1, num_draws - 1)))
    return found
