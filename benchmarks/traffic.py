"""Operator calls and memory traffic of code, eager or compiled."""

import copy
import functools
import logging
from collections import Counter
from unittest import mock

import torch
from functorch.compile import make_boxed_func
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes
from torch.utils._pytree import tree_leaves

FREE = {
    "_reshape_alias",
    "_unsafe_view",
    "alias",
    "as_strided",
    "detach",
    "diagonal",
    "empty",
    "empty_like",
    "expand",
    "lift_fresh",
    "new_empty",
    "new_empty_strided",
    "permute",
    "select",
    "slice",
    "split",
    "split_with_sizes",
    "squeeze",
    "t",
    "transpose",
    "unbind",
    "unfold",
    "unsqueeze",
    "view",
}
COMPILED = "compiled"


class CountTraffic(TorchDispatchMode):
    """Counts calls of operators, and the bytes of the tensors that they read and write.

    What is only written comes back as the result, so arguments for it do not count as read.
    Kernels of code that was compiled by :func:`counted_backend` count too: each as one call, with
    the bytes that the compiler says it reads and writes.
    """

    running: "CountTraffic | None" = None

    def __init__(self) -> None:
        super().__init__()
        self.calls: Counter[str] = Counter()
        self.bytes: Counter[str] = Counter()

    def __enter__(self):
        CountTraffic.running = self
        return super().__enter__()

    def __exit__(self, *args):
        CountTraffic.running = None
        return super().__exit__(*args)

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        name = func.overloadpacket.__name__
        if name in FREE:
            return out
        read = {k: v for k, v in (kwargs or {}).items() if k not in ("out", "grad_input")}
        leaves = tree_leaves((args[1:] if name == "copy_" else args, read, out))
        tensors = [t for t in leaves if isinstance(t, torch.Tensor)]
        self.calls[name] += 1
        self.bytes[name] += sum(t.numel() * t.element_size() for t in tensors)
        return out


def counted_backend(module, inputs):
    """Tells :class:`CountTraffic` which kernels TorchInductor makes, and runs operators instead.

    Results are exact, and nothing waits for a C++ compiler.
    """
    from torch._inductor import compile_fx, config

    compile_fx.inductor_metrics_log.setLevel(logging.INFO)  # Bytes are counted for this log alone.
    with config.patch(force_disable_caches=True):  # Only code that is compiled is counted.
        return compile_fx.compile_fx(module, inputs, inner_compile=_compile)


def _compile(graph, inputs, **kwargs):
    from torch._inductor import config
    from torch._inductor.async_compile import AsyncCompile
    from torch._inductor.compile_fx import compile_fx_inner
    from torch._inductor.graph import GraphLowering

    run, plain, found = make_boxed_func(copy.deepcopy(graph).forward), GraphLowering.count_bytes, []

    def count_bytes(self):
        found.append([size for node in self.scheduler.nodes if (size := kernel_bytes(node)) > 0])
        return plain(self)

    with (
        config.patch(force_disable_caches=True),  # Backward passes are compiled later.
        mock.patch.object(AsyncCompile, "cpp_pybinding", lambda *_: None),
        mock.patch.object(GraphLowering, "count_bytes", count_bytes),
    ):
        compile_fx_inner(graph, inputs, **kwargs)
    (kernels,) = found

    def counted(*args):
        traffic = CountTraffic.running
        if traffic is not None:
            traffic.calls[COMPILED] += len(kernels)
            traffic.bytes[COMPILED] += sum(kernels)
        with _disable_current_modes():
            return run(*args)

    counted._boxed_call = True
    return counted


def kernel_bytes(node) -> int:
    """Bytes that a kernel of TorchInductor reads and writes.

    The compiler counts whole tensors where a kernel reads or writes parts of them; parts count as
    such here, each once.
    """
    from torch._inductor.dependencies import MemoryDep
    from torch._inductor.scheduler import ExternKernelSchedulerNode

    whole = node.get_read_write_buffer_accesses(include_reads=True, include_writes=True)
    parts: Counter[str] = Counter()
    if isinstance(node, ExternKernelSchedulerNode):
        for tensor in (*node.node.inputs, node.node):
            parts[tensor.get_name()] += int(tensor.get_numel()) * tensor.get_dtype().itemsize
    else:
        deps = node.read_writes.reads_and_writes()
        for dep in {dep.normalize() for dep in deps if isinstance(dep, MemoryDep)}:
            parts[dep.name] += dep.numbytes_hint()
    return sum(min(size, parts.get(name, size)) for name, size in whole.items())


def compile_parts(model: torch.nn.Module, names: set[str]) -> None:
    """Compiles all modules of some classes, such that they run while operators are counted."""
    for module in model.modules():
        if type(module).__name__ in names:
            module.compile(backend=counted_backend, fullgraph=True, dynamic=False)
            module._compiled_call_impl = _apart(module._compiled_call_impl)


def _apart(call):
    """Calls without dispatch modes, which compiled code does not support."""

    @functools.wraps(call)
    def wrapped(*args):
        with _disable_current_modes():
            return call(*args)

    return wrapped
