import pytest
import torch

from pyg_symm.datasets import read_folds, stratified_folds


@pytest.mark.parametrize("num_folds", [2, 3, 10])
@pytest.mark.parametrize("counts", [[63, 125], [7, 1, 22], [10], [5, 5, 5]])
def test_stratified_folds(num_folds, counts):
    y = torch.repeat_interleave(torch.tensor([3, -1, 7])[: len(counts)], torch.tensor(counts))
    y = y[torch.randperm(y.numel(), generator=torch.Generator().manual_seed(1))]
    folds = stratified_folds(y, num_folds)
    assert len(folds) == num_folds
    tested = torch.cat([test for _, test in folds])
    assert torch.equal(tested.sort().values, torch.arange(y.numel()))
    for train, test in folds:
        assert train.dtype == test.dtype == torch.long
        assert torch.equal(torch.cat([train, test]).sort().values, torch.arange(y.numel()))
        assert torch.equal(test, test.sort().values) and torch.equal(train, train.sort().values)
    for each in [y == label for label in y.unique()] + [torch.ones_like(y)]:
        sizes = [int(each[test].sum()) for _, test in folds]
        assert max(sizes) - min(sizes) <= 1


def test_stratified_folds_follow_the_seed():
    y = torch.arange(40) % 2
    state = torch.get_rng_state()
    first, again, other = (stratified_folds(y, 4, seed) for seed in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(a[1], b[1]) for a, b in zip(first, again, strict=True))
    assert not all(torch.equal(a[1], b[1]) for a, b in zip(first, other, strict=True))
    assert not torch.equal(first[0][1], torch.arange(10))


@pytest.mark.parametrize(
    ("y", "num_folds", "message"),
    [
        (torch.zeros(4, 1, dtype=torch.long), 2, r"'y' must be a vector \(got shape \[4, 1\]\)"),
        (torch.zeros(4), 2, r"'y' must hold classes as integers \(got torch.float32\)"),
        (torch.zeros(4, dtype=torch.long), 1, r"'num_folds' must be in 2 to 4.*\(got 1\)"),
        (torch.zeros(4, dtype=torch.long), 5, r"'num_folds' must be in 2 to 4.*\(got 5\)"),
        (torch.zeros(4, dtype=torch.long), 2.5, r"'num_folds' must be an integer.*\(got 2.5\)"),
    ],
)
def test_stratified_folds_errors(y, num_folds, message):
    with pytest.raises(ValueError, match=message):
        stratified_folds(y, num_folds)


def write_folds(folder, *contents):
    for i, content in enumerate(contents, start=1):
        (folder / f"test_idx-{i}.txt").write_text(content)


def test_read_folds(tmp_path):
    write_folds(tmp_path, *(f"{i + 10}\n{i}\n" for i in range(10)))
    folds = read_folds(tmp_path, num_graphs=22)
    assert [test.tolist() for _, test in folds] == [[i, i + 10] for i in range(10)]
    for train, test in folds:
        assert torch.equal(torch.cat([train, test]).sort().values, torch.arange(22))
        assert {20, 21} <= set(train.tolist())


def test_read_folds_without_last_newline(tmp_path):
    write_folds(tmp_path, "0\r\n2", "1")
    assert [test.tolist() for _, test in read_folds(str(tmp_path), 3)] == [[0, 2], [1]]


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        (["0\n3\n", "1\n"], r"test_idx-1.txt must hold indices below 3 \(got '3'\)"),
        (["0\n", "-1\n"], r"test_idx-2.txt must hold indices below 3 \(got '-1'\)"),
        (["0\n", "one\n"], r"\(got 'one'\)"),
        (["0\n0\n", "1\n"], r"Graph 0 of .*test_idx-1.txt is in the test folds twice"),
        (["0\n", "1\n0\n"], r"Graph 0 of .*test_idx-2.txt is in the test folds twice"),
    ],
)
def test_read_folds_errors(tmp_path, contents, message):
    write_folds(tmp_path, *contents)
    with pytest.raises(ValueError, match=message):
        read_folds(tmp_path, num_graphs=3)


def test_read_folds_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"test_idx-1\.txt"):
        read_folds(tmp_path, num_graphs=3)
    write_folds(tmp_path, "0\n", "1\n", "2\n")
    (tmp_path / "test_idx-2.txt").unlink()
    with pytest.raises(FileNotFoundError, match=r"test_idx-2\.txt"):
        read_folds(tmp_path, num_graphs=3)
