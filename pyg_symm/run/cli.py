"""The command line. Nothing heavy is imported before a command is known to run."""

import difflib
import os
import sys

from pyg_symm import __version__

COMMANDS = {
    "train": "Train a network, or many in a sweep with -m.",
    "sample": "Draw graphs or molecules from a trained generator.",
    "evaluate": "Compare the molecules or graphs of a file with reference sets.",
    "benchmark": "Fill a table over many training runs.",
    "quickstart": "Sample from a bundled model, train a small one, and compare.",
    "job": "Run work that does not train, such as pyg-symm job=expressivity.",
}


def main() -> None:
    """The ``pyg-symm`` command: the first word chooses, the others are overrides of its config."""
    arguments = sys.argv[1:]
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(_overview())
        return
    command = arguments[0]
    if command == "--version":
        print(f"pyg_symm {__version__}")
        return
    if command.startswith("job="):
        command, arguments = "job", ["job", *arguments]
    if command not in COMMANDS:
        close = difflib.get_close_matches(command, COMMANDS, 1)
        hint = f"did you mean {close[0]}?" if close else f"there is {', '.join(COMMANDS)}"
        print(f"error: '{command}' is no command ({hint})", file=sys.stderr)
        sys.exit(2)
    _command(command, arguments[1:])


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name.ljust(width)}  {text}" for name, text in COMMANDS.items()]
    return "\n".join(
        [
            "usage: pyg-symm COMMAND [setting=value ...]",
            "",
            *lines,
            "",
            "pyg-symm COMMAND --help lists the settings of a command.",
            "pyg-symm --version prints the version.",
        ]
    )


def _command(command: str, arguments: list[str]) -> None:
    if "--help" in arguments or "-h" in arguments:
        from .help import command_help

        try:
            print(command_help(command, COMMANDS[command], arguments), flush=True)
        except BrokenPipeError:  # Its reader, such as head, has seen enough.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    import pyg_symm.run as jobs

    from .door import launch

    launch(command, arguments, getattr(jobs, "run_job" if command == "job" else command))


def train_main() -> None:
    """Trains a network; see ``conf/train.yaml``."""
    _command("train", sys.argv[1:])


def sample_main() -> None:
    """Samples from a trained generator; see ``conf/sample.yaml``."""
    _command("sample", sys.argv[1:])


def evaluate_main() -> None:
    """Evaluates a file of molecules or graphs; see ``conf/evaluate.yaml``."""
    _command("evaluate", sys.argv[1:])


def benchmark_main() -> None:
    """Fills a table over many training runs; see ``conf/benchmark.yaml``."""
    _command("benchmark", sys.argv[1:])


def quickstart_main() -> None:
    """Samples, trains and compares; see ``conf/quickstart.yaml``."""
    _command("quickstart", sys.argv[1:])


def job_main() -> None:
    """Runs work that does not train; see ``conf/job.yaml``."""
    _command("job", sys.argv[1:])


if __name__ == "__main__":
    main()
