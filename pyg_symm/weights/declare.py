"""Specifications that are written by hand, and those of well-known networks."""

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from torch import Tensor

from .axes import Axis, parse_axis, plain_axis, split_axis
from .heads import HeadGroup
from .spec import PermutationSpec

STATISTICS = ("running_mean", "running_var")


def is_statistic(name: str) -> bool:
    r"""Whether a tensor of a state dict holds running statistics of a norm, by its name."""
    return name.rpartition(".")[2] in STATISTICS


def declare_spec(
    state_dict: Mapping[str, Tensor],
    axes: Mapping[str, Sequence[str | None]],
    *,
    sizes: Mapping[str, int] | None = None,
    unscored: Sequence[str] = (),
    groups: Sequence[HeadGroup] = (),
) -> PermutationSpec:
    r"""A specification from axes by name.

    Args:
        state_dict (dict): The tensors, for their shapes.
        axes (dict): For names of tensors, or patterns such as ``"norms.*.weight"``, one entry for
            each dimension: the name of a class, :obj:`None` for a frozen axis, or an expression
            of names and numbers such as ``"c*49"`` (a flattened image of class ``c``) or
            ``"h | h | h"`` (the gates of a GRU). The first pattern that fits counts. Tensors
            without dimensions need no entry.
        sizes (dict, optional): Sizes of classes that do not follow from the shapes.
        unscored (sequence of str, optional): Patterns of tensors that are permuted but not
            compared, besides running statistics.
        groups (sequence of HeadGroup, optional): Classes with heads.

    Raises:
        ValueError: If a tensor has no entry, an entry fits no tensor, or sizes are contradictory
            or do not follow from the shapes. The message names the tensor.

    Examples:
        >>> from torch.nn import Linear, ReLU, Sequential
        >>> model = Sequential(Linear(3, 8), ReLU(), Linear(8, 2))
        >>> axes = {"0.weight": ["h", None], "0.bias": ["h"], "2.weight": [None, "h"], "*": [None]}
        >>> declare_spec(model.state_dict(), axes).classes
        {'h': 8}
    """
    shapes = {name: tuple(t.shape) for name, t in state_dict.items() if isinstance(t, Tensor)}
    texts, used = {}, set()
    for name, shape in shapes.items():
        pattern = next((p for p in axes if fnmatchcase(name, p)), None)
        if pattern is None and shape:
            raise ValueError(f"tensor '{name}' of shape {list(shape)} has no entry in 'axes'")
        entry = axes[pattern] if pattern is not None and shape else ()
        if len(entry) != len(shape):
            raise ValueError(
                f"tensor '{name}' has shape {list(shape)}, 'axes' has {len(entry)} entries for it"
            )
        used.add(pattern)
        texts[name] = [
            str(n) if text is None else text for text, n in zip(entry, shape, strict=True)
        ]
    unused = [pattern for pattern in axes if pattern not in used]
    if unused:
        raise ValueError(f"'axes' has entries that fit no tensor first: {unused}")
    known = _solve(texts, shapes, dict(sizes or {}))
    skipped = {n for n in texts if any(fnmatchcase(n, pattern) for pattern in unscored)}
    return PermutationSpec(
        {name: tuple(parse_axis(text, known) for text in entry) for name, entry in texts.items()},
        unscored=frozenset(skipped | {name for name in texts if is_statistic(name)}),
        groups=tuple(groups),
    )


def _solve(
    texts: Mapping[str, list[str]], shapes: Mapping[str, tuple[int, ...]], sizes: dict[str, int]
) -> dict[str, int]:
    """Sizes of classes: from each axis with one unknown class that it is linear in, in turn."""
    equations = [
        (name, text, split_axis(text), size)
        for name, entry in texts.items()
        for text, size in zip(entry, shapes[name], strict=True)
    ]
    while equations:
        left = []
        for name, text, parts, size in equations:
            unknown = {w for part in parts for w in part if not w.isdigit() and w not in sizes}
            linear = all(sum(w in unknown for w in part) <= 1 for part in parts)
            if len(unknown) > 1 or not linear:
                left.append((name, text, parts, size))
                continue
            constant, slope = 0, 0
            for part in parts:
                product = 1
                for word in part:
                    product *= 1 if word in unknown else int(sizes.get(word, word))
                if unknown.isdisjoint(part):
                    constant += product
                else:
                    slope += product
            found, rest = divmod(size - constant, slope) if slope else (1, size - constant)
            if rest or found < 1:
                known = {w: sizes[w] for part in parts for w in part if w in sizes}
                raise ValueError(
                    f"axis '{text}' of tensor '{name}' cannot have size {size} with classes {known}"
                )
            sizes |= dict.fromkeys(unknown, found)
        if len(left) == len(equations):
            name, text, _, size = left[0]
            raise ValueError(
                f"'sizes' must say what axis '{text}' of size {size} of tensor '{name}' is made of"
            )
        equations = left
    return sizes


def mlp_spec(sizes: Sequence[int], layers: Sequence[str] | None = None) -> PermutationSpec:
    r"""The specification of linear layers with biases, one after the other.

    Args:
        sizes (sequence of int): Channels of the input, of each hidden layer, and of the output.
        layers (sequence of str, optional): Names of the layers. (default: those of
            :class:`torch.nn.Sequential` with an activation after each hidden layer)

    Raises:
        ValueError: If there are fewer than two sizes, or the names do not fit to them.

    Examples:
        >>> mlp_spec([784, 512, 512, 10]).classes
        {'h0': 512, 'h1': 512}
    """
    num = len(sizes) - 1
    names = [str(2 * i) for i in range(num)] if layers is None else list(layers)
    if num < 1 or len(names) != num:
        raise ValueError(f"'sizes' {list(sizes)} need one name for each layer (got {names})")
    axes: dict[str, tuple[Axis, ...]] = {}
    classes = [None, *(f"h{i}" for i in range(num - 1)), None]
    for i, name in enumerate(names):
        rows = plain_axis(classes[i + 1], sizes[i + 1])
        axes[f"{name}.weight"] = (rows, plain_axis(classes[i], sizes[i]))
        axes[f"{name}.bias"] = (rows,)
    return PermutationSpec(axes)


def resnet_spec(state_dict: Mapping[str, Tensor]) -> PermutationSpec:
    r"""The specification of a ResNet with the names of torchvision.

    The blocks of a stage share one class, ``stream``, since they add to each other. A stage starts
    a new one where its first block has a projection. Each block has classes of its own inside.

    Args:
        state_dict (dict): Tensors ``conv1``, ``bn1``, ``layerI.J.convK``, ``layerI.J.bnK``,
            ``layerI.J.downsample.0`` and ``.1`` (or ``shortcut``), and ``fc`` (or ``linear``).

    Raises:
        ValueError: If a tensor has another name.
    """
    blocks = sorted(
        {
            (int(m[1]), int(m[2]))
            for m in (re.match(r"layer(\d+)\.(\d+)\.", n) for n in state_dict)
            if m
        }
    )
    entries: dict[str, Sequence[str | None]] = {
        "conv1.weight": ["stream0", None, None, None],
        "bn1.*": ["stream0"],
    }
    stream, num_streams = "stream0", 1
    for stage, block in blocks:
        prefix, before = f"layer{stage}.{block}", stream
        for name in ("downsample", "shortcut"):
            if f"{prefix}.{name}.0.weight" in state_dict:
                stream, num_streams = f"stream{num_streams}", num_streams + 1
                entries[f"{prefix}.{name}.0.weight"] = [stream, before, None, None]
                entries[f"{prefix}.{name}.1.*"] = [stream]
        convs = sorted(
            int(n.removeprefix(f"{prefix}.conv")[0])
            for n in state_dict
            if n.startswith(f"{prefix}.conv") and n.endswith(".weight")
        )
        inside = before
        for k in convs:
            out = stream if k == convs[-1] else f"{prefix}.{k}"
            entries[f"{prefix}.conv{k}.weight"] = [out, inside, None, None]
            entries[f"{prefix}.bn{k}.*"] = [out]
            inside = out
    for name in ("fc", "linear"):
        if f"{name}.weight" in state_dict:
            entries |= {f"{name}.weight": [None, stream], f"{name}.bias": [None]}
    return declare_spec(state_dict, entries)
