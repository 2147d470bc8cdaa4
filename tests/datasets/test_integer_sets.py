import pytest
import torch
from torch.utils.data import DataLoader, Subset
from torch_geometric.data import Batch
from torch_geometric.loader import DataLoader as PyGDataLoader

from pyg_symm.datasets.integer_sets import IntegerSets, SetCollater, integer_to_bits


def common_prefix(values, num_bits):
    strings = [format(v, f"0{num_bits}b") for v in values]
    length = 0
    while length < num_bits and len({s[length] for s in strings}) == 1:
        length += 1
    return length


BRUTE_FORCE = {
    "minimum": lambda v, b: min(v),
    "second_minimum": lambda v, b: sorted(v)[1],
    "kth_minimum": lambda v, b: sorted(v)[2],
    "parity": lambda v, b: sum(v) % 2,
    "num_distinct": lambda v, b: len(set(v)),
    "median": lambda v, b: sorted(v)[(len(v) + 1) // 2 - 1],
    "sum_mod": lambda v, b: sum(v) % 16,
    "longest_common_prefix": common_prefix,
}
LABEL_BITS = {"parity": 1, "sum_mod": 4, "num_distinct": lambda b: b + 1,
              "longest_common_prefix": lambda b: b.bit_length()}  # fmt: skip


def make(task="second_minimum", num_sets=50, min_size=3, max_size=9, **kwargs):
    return IntegerSets(task, num_sets, min_size, max_size, **kwargs)


def assert_same_batch(first, second):
    assert sorted(first.keys()) == sorted(second.keys())
    assert first.num_graphs == second.num_graphs and first.num_nodes == second.num_nodes
    for key in ("x", "y", "batch", "ptr"):
        assert first[key].dtype == second[key].dtype
        assert torch.equal(first[key], second[key])


def test_repr():
    assert str(make()) == "IntegerSets(second_minimum, 50, min_size=3, max_size=9, num_bits=8)"


def test_every_task_has_a_reference():
    assert set(BRUTE_FORCE) == set(IntegerSets.tasks)


@pytest.mark.parametrize("task", IntegerSets.tasks)
@pytest.mark.parametrize("num_bits", [1, 3, 8, 32])
def test_labels(task, num_bits):
    dataset = make(task, num_sets=200, num_bits=num_bits, seed=num_bits)
    bits = LABEL_BITS.get(task, num_bits)
    bits = bits(num_bits) if callable(bits) else bits
    assert dataset.num_label_bits == bits and dataset.y.shape == (200, bits)
    assert dataset.y.dtype == torch.float and dataset.values.dtype == torch.long
    for data in dataset:
        values = data.x.view(-1).tolist()
        assert all(0 <= v < 2**num_bits for v in values)
        expected = BRUTE_FORCE[task](values, num_bits)
        assert data.y.tolist() == [[float(d) for d in format(expected, f"0{bits}b")]]


def test_single_elements():
    dataset = IntegerSets("longest_common_prefix", 20, 1, 1)
    assert torch.equal(dataset.y, integer_to_bits(torch.full((20,), 8), 4).float())
    dataset = IntegerSets("median", 20, 1, 1)
    assert torch.equal(dataset.y, integer_to_bits(dataset.values, 8).float())


def test_prefix_lengths_are_spread():
    y = IntegerSets("longest_common_prefix", 2000, 8, 16).y
    length = (y.long() * torch.tensor([8, 4, 2, 1])).sum(1)
    assert torch.bincount(length, minlength=9).min() > 150


def test_sizes():
    sizes = make(num_sets=2000).ptr.diff()
    assert torch.bincount(sizes, minlength=10)[3:].min() > 200 and sizes.aminmax() == (3, 9)
    fixed = IntegerSets("second_minimum", 10, 128, 128)
    assert fixed.ptr.tolist() == list(range(0, 1281, 128))
    assert fixed[0].num_nodes == 128


def test_label_width_does_not_depend_on_size():
    for task in IntegerSets.tasks:
        long = IntegerSets(task, 2, 128, 128)
        assert long.num_label_bits == IntegerSets(task, 2, 3, 16).num_label_bits


def test_deterministic():
    state = torch.get_rng_state()
    first, second, other = make(seed=1), make(seed=1), make(seed=2)
    assert torch.equal(torch.get_rng_state(), state)
    for key in ("values", "ptr", "y"):
        assert torch.equal(getattr(first, key), getattr(second, key))
    assert not torch.equal(first.y, other.y)


def test_items():
    dataset = make()
    assert len(dataset) == 50
    assert torch.equal(dataset[-1].x, dataset[49].x)
    assert torch.equal(dataset[torch.tensor(3)].x, dataset[3].x)
    for index in (50, -51):
        with pytest.raises(IndexError, match=f"got {index}"):
            dataset[index]
        with pytest.raises(IndexError):
            dataset.__getitems__([index]).batch()


def test_vectorised_collate():
    dataset = make()
    indices = [7, 3, 3, 49, -1, 0]
    expected = Batch.from_data_list([dataset[i] for i in indices])
    selection = dataset.__getitems__(indices)
    assert len(selection) == 6
    assert_same_batch(SetCollater(False)(selection), expected)
    assert_same_batch(SetCollater(False)(list(selection)), expected)
    assert_same_batch(selection.batch().to("cpu"), expected)


def test_loader():
    dataset = make()
    batches = list(dataset.loader(batch_size=16))
    assert [b.num_graphs for b in batches] == [16, 16, 16, 2]
    for mine, theirs in zip(batches, PyGDataLoader(dataset, batch_size=16), strict=True):
        assert_same_batch(mine, theirs)
    assert len(list(dataset.loader(batch_size=16, drop_last=True))) == 3


def test_loader_of_a_subset():
    subset = Subset(make(), [5, 1, 30])
    (batch,) = DataLoader(subset, batch_size=3, collate_fn=SetCollater(False))
    assert_same_batch(batch, Batch.from_data_list([subset[i] for i in range(3)]))


def sets_with_labels(loader):
    found = []
    for batch in loader:
        x = batch.x.view(-1).tensor_split(batch.ptr[1:-1])
        found += [(s.tolist(), y.tolist()) for s, y in zip(x, batch.y, strict=True)]
    return found


def test_shuffled_elements_keep_labels():
    dataset = make(min_size=6)
    plain = sets_with_labels(dataset.loader(8))
    generator = torch.Generator().manual_seed(0)
    loader = dataset.loader(8, generator=generator, shuffle_elements=True)
    first, second = sets_with_labels(loader), sets_with_labels(loader)
    assert first != plain and first != second
    for (a, y), (b, z) in zip(first, plain, strict=True):
        assert sorted(a) == sorted(b) and y == z
    assert sets_with_labels(dataset.loader(8)) == plain  # The stored sets are left alone.


@pytest.mark.parametrize("num_workers", [0, 1])
def test_loader_is_a_function_of_its_generator(num_workers):
    def run():
        generator = torch.Generator().manual_seed(3)
        loader = make().loader(
            8, shuffle=True, generator=generator, shuffle_elements=True, num_workers=num_workers
        )
        return [sets_with_labels(loader) for _ in range(2)]

    first = run()
    assert first == run()
    assert first[0] != first[1]
    assert sorted(sorted(s) for s, _ in first[0]) == sorted(sorted(s) for s, _ in first[1])


@pytest.mark.parametrize(
    "kwargs, match",
    [
        ({"task": "mode"}, "'task'.*second_minimum.*mode"),
        ({"num_sets": 0}, "'num_sets'.*got 0"),
        ({"task": "minimum", "min_size": 0}, "'min_size'.*at least 1.*got 0"),
        ({"min_size": 1}, "'min_size'.*at least 2.*got 1"),
        ({"task": "kth_minimum", "k": 5}, "'min_size'.*at least 5.*got 3"),
        ({"task": "kth_minimum", "k": 0}, "'k'.*got 0"),
        ({"max_size": 2}, "'max_size'.*got 2"),
        ({"num_bits": 0}, "'num_bits'.*got 0"),
        ({"num_bits": 33}, "'num_bits'.*got 33"),
    ],
)
def test_errors(kwargs, match):
    with pytest.raises(ValueError, match=match):
        make(**kwargs)
