"""Tasks on points with coordinates: properties, motion, energies with forces, and classes."""

from .base import PointRegression, PointTask
from .classification import PointClassification
from .forces import EnergyForces
from .reference import ElementReference
from .regression import ScalarRegression, VectorRegression

__all__ = [
    "ElementReference",
    "EnergyForces",
    "PointClassification",
    "PointRegression",
    "PointTask",
    "ScalarRegression",
    "VectorRegression",
]
