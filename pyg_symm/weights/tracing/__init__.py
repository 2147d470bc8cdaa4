"""Permutation specifications that are found from a forward pass.

The first idea would be to trace a model symbolically with :mod:`torch.fx`. It cannot follow models
whose control flow depends on data, as that of most layers for graphs does. Here, the model runs on
real inputs, and a :class:`~torch.utils._python_dispatch.TorchDispatchMode` intercepts each
operation that PyTorch carries out. There are a few hundred of these, in few families, whatever the
layers are.
"""

from .call import Call
from .registry import register_rule
from .trace import trace_spec

__all__ = ["Call", "register_rule", "trace_spec"]
