"""Evaluate a file of molecules or graphs: see ``conf/evaluate.yaml``."""

from pyg_symm.run.cli import evaluate_main

if __name__ == "__main__":
    evaluate_main()
