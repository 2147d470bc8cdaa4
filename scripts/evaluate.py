"""What the molecules of a file are worth: see ``conf/evaluate.yaml``."""

from pyg_symm.run.cli import evaluate_main

if __name__ == "__main__":
    evaluate_main()
