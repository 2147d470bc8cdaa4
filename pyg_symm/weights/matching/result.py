"""What a matching found."""

from dataclasses import dataclass, field

from ..permutations import Permutation


@dataclass
class Match:
    r"""A permutation that makes one network similar to another.

    Args:
        permutation (dict): The permutation of the second network, in gather form.
        objective (float): The inner product of the first network with the permuted second one,
            over all tensors that are compared.
        history (list of float): What the method improved, from its start to its end. It says for
            each method what that is.
        starts (list of float, optional): The objective that each start reached.
    """

    permutation: Permutation = field(repr=False)
    objective: float
    history: list[float] = field(repr=False)
    starts: list[float] = field(default_factory=list)
