"""Work that does not train: see ``conf/job.yaml``."""

from pyg_symm.run.cli import job_main

if __name__ == "__main__":
    job_main()
