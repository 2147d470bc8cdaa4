"""Train one network, or many: see ``conf/train.yaml``."""

from pyg_symm.run.cli import train_main

if __name__ == "__main__":
    train_main()
