"""Tasks on points with coordinates: properties, motion, energies with forces, and classes."""

from .base import PointRegression, PointTask
from .classification import PointClassification
from .dynamics import Energies, ShortDynamics, thermal_velocities, velocity_verlet
from .equivariance import EquivarianceError
from .forces import EnergyForces
from .reference import ElementReference
from .regression import ScalarRegression, VectorRegression

__all__ = [
    "ElementReference",
    "Energies",
    "EnergyForces",
    "EquivarianceError",
    "PointClassification",
    "PointRegression",
    "PointTask",
    "ScalarRegression",
    "ShortDynamics",
    "VectorRegression",
    "thermal_velocities",
    "velocity_verlet",
]
