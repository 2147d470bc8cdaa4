"""Hydra configs, installed as ``pyg_symm.conf``."""
