"""Functions whose GPU launches are recorded once and then replayed at once."""

from collections.abc import Callable
from typing import Any

import torch


def record(
    function: Callable[[], Any], device: torch.device, pool: Any = None, warm_up: int = 2
) -> Callable[[], Any]:
    r"""Records a function as a CUDA graph.

    The function reads its inputs from tensors that stay where they are, which the caller fills
    before each call. All of its launches then cost one. It must not wait for the device.

    Args:
        function (Callable): What to record, without arguments.
        device (torch.device): Where it runs. Elsewhere than on a GPU there is nothing to record,
            and the function is called anew each time.
        pool (optional): Memory that graphs share, from :func:`torch.cuda.graph_pool_handle`: their
            results are then valid until the next graph runs. (default: memory of its own)
        warm_up (int, optional): Calls before recording. (default: :obj:`2`)

    Returns:
        Callable: Runs the function on what its inputs hold now. Its results are written into the
        same tensors every time.
    """
    if device.type != "cuda":
        return function
    stream = torch.cuda.Stream(device)
    stream.wait_stream(torch.cuda.current_stream(device))
    with torch.cuda.stream(stream):
        for _ in range(warm_up):
            function()
    torch.cuda.current_stream(device).wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    # Casts of weights are to be part of the graph, not taken over from the calls before it.
    torch.clear_autocast_cache()
    with torch.cuda.graph(graph, pool=pool):
        results = function()
    torch.clear_autocast_cache()

    def replay() -> Any:
        graph.replay()
        return results

    return replay
