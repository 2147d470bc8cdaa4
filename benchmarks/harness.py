"""Measures one piece of work in its own process, within limits of time and memory."""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

# glibc hands freed blocks above 32 MB back to the kernel, so that the next tensor waits for fresh
# pages. Three processes, for every layer alike: time with all blocks kept, which leaves the work
# itself; time with the allocator as it comes, which is what a user waits for; and memory with all
# blocks but the smallest handed back, which leaves what is in use.
KEEP = "glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=17179869184"
RETURN = "glibc.malloc.mmap_threshold=65536"
# How Python, C++, the kernel, PyTorch and CUDA say so. Not "memory" alone: names of functions in a
# traceback have it too.
_OUT_OF_MEMORY = (
    "MemoryError",
    "bad_alloc",
    "Cannot allocate memory",
    "can't allocate memory",
    "out of memory",
)


def measure(
    command: list[str], seconds: float, thrice: bool = True, device: str = "cpu"
) -> dict[str, Any]:
    """Time and memory of a Python command that prints them, or which limit it ran into.

    Adds ``plain_seconds``, the time with the allocator as it comes. What takes long need not run a
    third time: memory is then that with all blocks kept. On a GPU the allocator is PyTorch's, and
    one process is enough.
    """
    if device != "cpu":
        found = _run(command, seconds, {})
        return found if "failed" in found else {**found, "plain_seconds": found["seconds"]}
    timed = _run(command, seconds, {"GLIBC_TUNABLES": KEEP})
    if "failed" in timed:
        return timed
    plain = _run(command, seconds, {})
    if "failed" in plain:
        return plain
    if not thrice:
        return {**timed, "plain_seconds": plain["seconds"]}
    frugal = measure_memory([*command, "--once"], seconds)
    if "failed" in frugal:
        return frugal
    return {**timed, "plain_seconds": plain["seconds"], "megabytes": frugal["megabytes"]}


def measure_kept(command: list[str], seconds: float, device: str = "cpu") -> dict[str, Any]:
    """As :func:`measure`, in one process with all blocks kept, for what takes long to set up."""
    return _run(command, seconds, {"GLIBC_TUNABLES": KEEP} if device == "cpu" else {})


def measure_memory(command: list[str], seconds: float, device: str = "cpu") -> dict[str, Any]:
    """As :func:`measure_kept`, with all blocks but the smallest handed back."""
    return _run(command, seconds, {"GLIBC_TUNABLES": RETURN} if device == "cpu" else {})


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
        if run.returncode < 0 or any(name in run.stderr for name in _OUT_OF_MEMORY):
            return {"failed": "out of memory"}
        raise RuntimeError(run.stderr)
    return json.loads(run.stdout.splitlines()[-1])


def limit_memory(gigabytes: float, device: str = "cpu") -> None:
    """Lets this process allocate that much more than it has now, on a GPU that much in all."""
    if device != "cpu":
        index = torch.device(device).index
        index = torch.cuda.current_device() if index is None else index
        share = gigabytes * 1e9 / torch.cuda.get_device_properties(index).total_memory
        torch.cuda.set_per_process_memory_fraction(min(share, 1.0), index)
        return
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + int(gigabytes * 1e9)
    # The other limit can never be raised again, nor by the processes that this one starts.
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (limit if hard < 0 else min(limit, hard), hard))


def time_and_memory(
    work: Callable[[], Any], warm_up: Callable[[], Any], once: bool, device: str = "cpu"
) -> dict[str, float]:
    """Best processor seconds of up to five runs, and growth of the resident peak in megabytes.

    What takes long is run less often, a slow peer once. On one thread, processor time is the time
    that the work takes; it does not count what other processes take of a shared machine. On a GPU
    it is the time between two events of the device, and the peak of what tensors take there.
    """
    if device != "cpu":
        return _on_gpu(work, warm_up, once, device)
    warm_up()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds: list[float] = []
    while not seconds or (len(seconds) < 5 and sum(seconds) < 15 and not once):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": min(seconds), "megabytes": max(after - before, 1) / 1024}


def peak_megabytes(work: Callable[[], Any]) -> float:
    """Growth of the resident set up to its peak during some work, on Linux.

    The peak so far is forgotten first: importing modules may have taken more than small work does.
    """
    Path("/proc/self/clear_refs").write_text("5")
    before = _status("VmRSS")
    work()
    return (_status("VmHWM") - before) / 1024


def _status(name: str) -> int:
    """A number of kilobytes that the kernel keeps of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name + ":"))


def median_seconds(work: Callable[[], Any], device: str = "cpu") -> float:
    """The median of up to 30 runs after three others, of one run after another if it takes long.

    On a GPU it is the time between two events of the device.
    """
    start = time.perf_counter()
    for _ in range(3):
        work()
        if time.perf_counter() - start > 3:
            break
    seconds: list[float] = []
    while len(seconds) < 30 and sum(seconds) < 3:
        seconds.append(_seconds(work, device))
    return statistics.median(seconds)


def in_turn(
    works: dict[str, Callable[[], Any]], rounds: int, seconds: float, device: str = "cpu"
) -> dict[str, float]:
    """Best seconds of several pieces of work, one run of each in turn, so that all meet the same.

    There are fewer rounds if they take longer than some seconds; the first also warms up. On a GPU
    it is the time between two events of the device.
    """
    best = dict.fromkeys(works, float("inf"))
    start = time.perf_counter()
    for number in range(rounds):
        if number > 1 and time.perf_counter() - start > seconds:
            break
        for name, work in works.items():
            best[name] = min(best[name], _seconds(work, device))
    return best


def _seconds(work: Callable[[], Any], device: str) -> float:
    if device == "cpu":
        begin = time.process_time()
        work()
        return time.process_time() - begin
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    start.record()
    work()
    end.record()
    torch.cuda.synchronize()
    return start.elapsed_time(end) / 1000


def _on_gpu(
    work: Callable[[], Any], warm_up: Callable[[], Any], once: bool, device: str
) -> dict[str, float]:
    with torch.cuda.device(device):
        warm_up()
        work()  # Loads kernels, and fills the allocator's pool.
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        seconds: list[float] = []
        while not seconds or (len(seconds) < 5 and sum(seconds) < 15 and not once):
            start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            start.record()
            work()
            end.record()
            torch.cuda.synchronize()
            seconds.append(start.elapsed_time(end) / 1000)
        peak = torch.cuda.max_memory_allocated() - before
    return {"seconds": min(seconds), "megabytes": max(peak, 1024) / 2**20}


def on(device: str) -> str:
    """What tells results of a device from those of the CPU, in names of folders and keys."""
    return "" if device == "cpu" else "-" + device.replace(":", "")


def cached(file: Path, key: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The result under a key of a JSON file, worked out at most once."""
    results = json.loads(file.read_text()) if file.exists() else {}
    if key not in results:
        results[key] = work()
        partial = file.with_suffix(".part")
        partial.write_text(json.dumps(results, indent=2) + "\n")
        partial.replace(file)
    return results[key]
