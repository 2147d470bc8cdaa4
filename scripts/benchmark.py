"""Fill a table over many training runs: see ``conf/benchmark.yaml``."""

from pyg_symm.run.cli import benchmark_main

if __name__ == "__main__":
    benchmark_main()
