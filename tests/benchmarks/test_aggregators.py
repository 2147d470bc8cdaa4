import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

FOLDER = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(FOLDER))
pytest.importorskip("resource")

from aggregators import CASES, GROWTH, LARGEST, power_law, sets_of  # noqa: E402
from harness import cached, limit_memory, measure, on, time_and_memory  # noqa: E402


@pytest.mark.parametrize("shape", CASES.values(), ids=str)
def test_cases_are_what_they_say(shape):
    sizes = power_law(*shape)
    assert (sizes.numel(), int(sizes.sum()), int(sizes.max())) == shape
    assert int(sizes.min()) >= 1


def test_growth_keeps_the_distribution():
    shares = []
    for n in GROWTH[:3]:
        sizes = power_law(sets_of(n), n, LARGEST)
        assert int(sizes.sum()) == n
        shares.append((sizes == 1).double().mean().item())
    assert max(shares) - min(shares) < 0.05


def test_limit_of_time_is_told():
    found = measure(["-c", "import time; time.sleep(30)"], seconds=0.5)
    assert found == {"failed": "over 0.5 s"}


def test_limit_of_memory_is_told():
    code = (
        f"import sys; sys.path.insert(0, {str(FOLDER)!r})\n"
        "from harness import limit_memory\n"
        "limit_memory(0.1)\n"
        "bytearray(10**9)\n"
    )
    assert measure(["-c", code], seconds=60) == {"failed": "out of memory"}


def test_other_errors_are_not_taken_for_it():
    code = "def set_memory(): raise ValueError('wrong device')\nset_memory()"
    with pytest.raises(RuntimeError, match="wrong device"):
        measure(["-c", code], seconds=60, device="cuda")


@pytest.mark.parametrize("device, index", [("cuda", 2), ("cuda:1", 1)])
def test_limit_of_a_gpu(monkeypatch, device, index):
    limits = []
    properties = {1: SimpleNamespace(total_memory=80e9), 2: SimpleNamespace(total_memory=40e9)}
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_properties", properties.__getitem__)
    monkeypatch.setattr(torch.cuda, "set_per_process_memory_fraction", lambda *a: limits.append(a))
    limit_memory(20, device)
    limit_memory(4000, device)
    assert limits == [(20e9 / properties[index].total_memory, index), (1.0, index)]


def test_each_figure_is_of_its_own_run():
    code = (
        "import json, os, sys\n"
        "seconds = 2.0 if 'GLIBC_TUNABLES' in os.environ else 3.0\n"
        "once = '--once' in sys.argv\n"
        "print(json.dumps({'megabytes': 1} if once else {'seconds': seconds, 'megabytes': 9}))\n"
    )
    found = measure(["-c", code], seconds=60)
    assert found == {"seconds": 2.0, "plain_seconds": 3.0, "megabytes": 1}
    found = measure(["-c", code], seconds=60, thrice=False)
    assert found == {"seconds": 2.0, "plain_seconds": 3.0, "megabytes": 9}


def test_other_errors_are_not_results():
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        measure(["-c", "1 / 0"], seconds=60)


def test_results_are_kept(tmp_path):
    file = tmp_path / "results.json"
    assert cached(file, "a", lambda: {"seconds": 1.0}) == {"seconds": 1.0}
    assert cached(file, "a", lambda: {"seconds": 2.0}) == {"seconds": 1.0}
    assert cached(file, "b", lambda: {"seconds": 3.0}) == {"seconds": 3.0}
    assert json.loads(file.read_text()).keys() == {"a", "b"}


@pytest.mark.slow
def test_measures_a_layer():
    command = [str(FOLDER / "aggregators.py"), "--work", "lcm", "100", "300", "50"]
    found = measure(command, seconds=120)
    assert found["seconds"] > 0 and found["megabytes"] > 0


def test_results_of_devices_are_kept_apart():
    assert (on("cpu"), on("cuda"), on("cuda:1")) == ("", "-cuda", "-cuda1")


def test_one_process_is_enough_on_a_gpu():
    code = "import json; print(json.dumps({'seconds': 2.0, 'megabytes': 9}))"
    found = measure(["-c", code], seconds=60, device="cuda")
    assert found == {"seconds": 2.0, "plain_seconds": 2.0, "megabytes": 9}


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_is_measured():
    def run():
        return torch.ones(2**22, device="cuda").cumsum(0)

    found = time_and_memory(run, run, once=False, device="cuda")
    assert 0 < found["seconds"] < 1 and 32 <= found["megabytes"] < 64
