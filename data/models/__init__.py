"""Trained models, installed as ``pyg_symm.pretrained``; each has a folder with its card."""
