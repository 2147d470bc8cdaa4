"""Why a molecule was refused."""

#: Why molecules are refused, to be read after "refused for".
REASONS = {
    "syntax": "text that is not a SMILES string",
    "empty": "no atoms",
    "valence": "an atom with more bonds than its element can have",
    "kekulization": "aromatic bonds that cannot be single and double bonds in turn",
    "disconnected": "several fragments",
    "atom": "an element that is not in the vocabulary",
    "charge": "a charge that is not in the vocabulary",
    "bond": "a bond that is not in the vocabulary, such as a dative one",
    "hydrogens": "hydrogens that the graph would lose, as of a radical",
    "size": "its size: more than 4,000 characters, or more atoms than can be stored",
    "limit": "more nodes, blocks or bonds of an atom than the model can generate",
    "unknown": "no reason that rdkit names",
}


class MoleculeError(ValueError):
    r"""A molecule that cannot be encoded, or a graph that is not a valid molecule.

    Args:
        reason (str): A key of :data:`REASONS`, to count by.
        message (str): What exactly is wrong.

    Attributes:
        reason (str): The key.

    Examples:
        >>> MoleculeError("empty", "'smiles' has no atoms (got '')").reason
        'empty'
    """

    def __init__(self, reason: str, message: str) -> None:
        if reason not in REASONS:
            raise ValueError(f"'reason' must be one of {list(REASONS)} (got {reason!r})")
        super().__init__(message)
        self.reason = reason

    def __str__(self) -> str:
        return f"{super().__str__()} [{self.reason}: {REASONS[self.reason]}]"

    def __reduce__(self) -> tuple:
        # Pickling passes `args` to the constructor, which are only the message.
        return type(self), (self.reason, self.args[0])
