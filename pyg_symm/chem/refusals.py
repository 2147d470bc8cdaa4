"""Counts of refused molecules."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from .errors import REASONS

_EXAMPLES = 3  # Maximum number kept for each reason.
_SHOWN = 40  # Characters of an example in a summary.


class Refusals:
    r"""How many molecules were refused for each reason, with examples.

    Args:
        counts (Mapping, optional): Numbers by keys of :data:`~pyg_symm.chem.REASONS`.
        examples (Mapping, optional): Some of the molecules, by the same keys.

    Examples:
        >>> refusals = Refusals()
        >>> refusals.add("charge", "C[NH3+]")
        >>> refusals.add("charge", "CC(=O)[O-]")
        >>> refusals.add("disconnected", "C.C")
        >>> print(refusals.summary(300))
        3 of 300 molecules refused: 2 for a charge that is not in the vocabulary (such as C[NH3+]),
        1 for several fragments (C.C)
    """

    def __init__(
        self,
        counts: Mapping[str, int] | None = None,
        examples: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.counts: Counter[str] = Counter(counts or {})
        self.examples = {reason: list(texts) for reason, texts in (examples or {}).items()}

    def __len__(self) -> int:
        """The number of refused molecules."""
        return sum(self.counts.values())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({dict(self.counts)})"

    def add(self, reason: str, smiles: str) -> None:
        """Counts one molecule."""
        self.counts[reason] += 1
        self._show(reason, [smiles])

    def update(self, other: "Refusals") -> None:
        """Adds the counts and examples of another set."""
        self.counts.update(other.counts)
        for reason, texts in other.examples.items():
            self._show(reason, texts)

    def summary(self, total: int, noun: str = "molecules") -> str:
        r"""A sentence with the number of refused molecules, the reasons and an example of each.

        Args:
            total (int): The number of molecules, refused or not.
            noun (str, optional): What they are. (default: ``"molecules"``)
        """
        if len(self) == 0:
            return f"0 of {total:,} {noun} refused"
        parts = []
        for reason, count in self.counts.most_common():
            shown = [_shortened(text) for text in self.examples.get(reason, [])[:1]]
            example = f" ({'such as ' if count > 1 else ''}{shown[0]})" if shown else ""
            parts.append(f"{count:,} for {REASONS.get(reason, reason)}{example}")
        return f"{len(self):,} of {total:,} {noun} refused: {', '.join(parts)}"

    def to_dict(self) -> dict[str, Any]:
        """The arguments of the constructor, in types that JSON supports."""
        return {"counts": dict(self.counts), "examples": self.examples}

    def _show(self, reason: str, texts: Sequence[str]) -> None:
        known = self.examples.setdefault(reason, [])
        known += [text[: 4 * _SHOWN] for text in texts if text][: max(0, _EXAMPLES - len(known))]


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
