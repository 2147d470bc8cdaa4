"""Parts of networks that select subsets."""

from .copula import CopulaUniforms
from .fixed_point import fixed_point
from .mean_field import Elements, MeanField
from .membership import bernoulli_entropy, compared_cross_entropy, compared_elements, top_k_mask
from .noise import ElementNoise
from .recognition import RecognitionNetwork
from .selector import ElementEncoder, SubsetSelector
from .set_function import SetFunction

__all__ = [
    "CopulaUniforms",
    "ElementEncoder",
    "ElementNoise",
    "Elements",
    "MeanField",
    "RecognitionNetwork",
    "SetFunction",
    "SubsetSelector",
    "bernoulli_entropy",
    "compared_cross_entropy",
    "compared_elements",
    "fixed_point",
    "top_k_mask",
]
