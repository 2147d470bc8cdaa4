import json

from pyg_symm.chem import REASONS, Refusals


def test_summary():
    refusals = Refusals()
    assert refusals.summary(5) == "0 of 5 molecules refused" and len(refusals) == 0
    for smiles in ("C[NH3+]", "CC(=O)[O-]", "C[N+](C)(C)C", "[OH-]"):
        refusals.add("charge", smiles)
    refusals.add("syntax", "C(" + 100 * "C")
    assert len(refusals) == 5
    assert refusals.summary(1300, "samples") == (
        f"5 of 1,300 samples refused: 4 for {REASONS['charge']} (such as C[NH3+]), "
        f"1 for {REASONS['syntax']} (C({35 * 'C'}...)"
    )
    assert refusals.examples["charge"] == ["C[NH3+]", "CC(=O)[O-]", "C[N+](C)(C)C"]


def test_update_and_json():
    first, second = Refusals({"atom": 2}, {"atom": ["[Si]", "[Ge]"]}), Refusals()
    second.add("atom", "[Sn]")
    second.add("atom", "[Pb]")
    second.add("empty", "")
    first.update(second)
    assert first.counts == {"atom": 4, "empty": 1}
    assert first.examples == {"atom": ["[Si]", "[Ge]", "[Sn]"], "empty": []}
    assert first.summary(9).endswith("1 for no atoms")  # Without an example.
    again = Refusals(**json.loads(json.dumps(first.to_dict())))
    assert again.to_dict() == first.to_dict() and repr(again) == "Refusals({'atom': 4, 'empty': 1})"


def test_long_strings_are_not_kept():
    refusals = Refusals()
    refusals.add("size", "C" * 10_000_000)
    assert len(refusals.examples["size"][0]) < 200
