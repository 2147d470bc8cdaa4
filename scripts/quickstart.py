"""Train a generator on real molecules, sample and compare: see ``conf/quickstart.yaml``."""

from pyg_symm.run.cli import quickstart_main

if __name__ == "__main__":
    quickstart_main()
