"""Measures one piece of work in a process of its own, within limits of time and memory."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

# glibc hands freed blocks above 32 MB back to the kernel, so that the next tensor waits for fresh
# pages. Three processes, for every layer alike: time with all blocks kept, which leaves the work
# itself; time with the allocator as it comes, which is what a user waits for; and memory with all
# blocks but the smallest handed back, which leaves what is in use.
KEEP = "glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=17179869184"
RETURN = "glibc.malloc.mmap_threshold=65536"


def measure(command: list[str], seconds: float, thrice: bool = True) -> dict[str, Any]:
    """Time and memory of a Python command that prints them, or which limit it ran into.

    Adds ``plain_seconds``, the time with the allocator as it comes. What takes long need not run a
    third time: memory is then that with all blocks kept.
    """
    timed = _run(command, seconds, {"GLIBC_TUNABLES": KEEP})
    if "failed" in timed:
        return timed
    plain = _run(command, seconds, {})
    if "failed" in plain:
        return plain
    if not thrice:
        return {**timed, "plain_seconds": plain["seconds"]}
    frugal = _run([*command, "--once"], seconds, {"GLIBC_TUNABLES": RETURN})
    if "failed" in frugal:
        return frugal
    return {**timed, "plain_seconds": plain["seconds"], "megabytes": frugal["megabytes"]}


def _run(command: list[str], seconds: float, env: dict[str, str]) -> dict[str, Any]:
    """The last line that a Python command prints, as JSON."""
    inherited = {name: value for name, value in os.environ.items() if name != "GLIBC_TUNABLES"}
    env = {**inherited, "OMP_NUM_THREADS": "1", **env}
    try:
        run = subprocess.run(
            [sys.executable, *command], capture_output=True, text=True, timeout=seconds, env=env
        )
    except subprocess.TimeoutExpired:
        return {"failed": f"over {seconds:g} s"}
    if run.returncode != 0:
        if "memory" in run.stderr.lower() or "bad_alloc" in run.stderr or run.returncode < 0:
            return {"failed": "out of memory"}
        raise RuntimeError(run.stderr)
    return json.loads(run.stdout.splitlines()[-1])


def limit_memory(gigabytes: float) -> None:
    """Lets this process allocate that much more than it has now."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + int(gigabytes * 1e9)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def time_and_memory(
    work: Callable[[], Any], warm_up: Callable[[], Any], once: bool
) -> dict[str, float]:
    """Best processor seconds of up to five runs, and growth of the resident peak in megabytes.

    What takes long is run less often, a slow peer once. On one thread, processor time is the time
    that the work takes; it does not count what other processes take of a shared machine.
    """
    warm_up()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds: list[float] = []
    while not seconds or (len(seconds) < 5 and sum(seconds) < 15 and not once):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": min(seconds), "megabytes": max(after - before, 1) / 1024}


def cached(file: Path, key: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The result under a key of a JSON file, worked out at most once."""
    results = json.loads(file.read_text()) if file.exists() else {}
    if key not in results:
        results[key] = work()
        partial = file.with_suffix(".part")
        partial.write_text(json.dumps(results, indent=2) + "\n")
        partial.replace(file)
    return results[key]
