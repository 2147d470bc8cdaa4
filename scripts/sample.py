"""Sample graphs or molecules from a trained generator: see ``conf/sample.yaml``."""

from pyg_symm.run.cli import sample_main

if __name__ == "__main__":
    sample_main()
