"""Why a molecule was refused."""

REASONS = {
    "syntax": "not a SMILES string",
    "empty": "no atoms",
    "valence": "an atom with more bonds than its element can have",
    "kekulization": "aromatic bonds that are not single and double bonds in turn",
    "disconnected": "more than one fragment",
    "atom": "an element outside of the vocabulary",
    "charge": "an element of the vocabulary with a charge outside of it",
    "bond": "a bond that is not single, double, triple or aromatic, such as a dative one",
    "hydrogens": "hydrogens that valence does not imply, as in a radical: they would be lost",
    "size": "more than 4,000 characters, or more atoms than can be stored",
    "unknown": "rdkit refuses it and names no reason from above",
}


class MoleculeError(ValueError):
    r"""A molecule that cannot be encoded, or a graph that is no molecule.

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
        # Exceptions are copied between processes by `args`, which is the message alone.
        return type(self), (self.reason, self.args[0])
