from collections import Counter

import numpy as np
import pytest
import torch

from vox import LabelSpace, VoxError
from vox.labels import PAGE, drop_labels

SPACE = LabelSpace.of({"speaker": ["ada", "bob", "eve"], "sex": ["female", "male"]})


def test_the_page_has_1479_inputs_and_1476_targets():
    assert (PAGE.input_size, PAGE.target_size, PAGE.sizes) == (1479, 1476, (1421, 53, 2))


def test_input_is_one_hots_then_flags_and_target_ignores_by_minus_one():
    index = SPACE.index(speaker="bob", sex="female")
    assert SPACE.inputs(index).tolist() == [0, 1, 0, 1, 0, 1, 1]
    assert SPACE.targets(index).tolist() == [0, 1, 0, 1, 0]
    missing = SPACE.index(sex="male")
    assert SPACE.inputs(missing).tolist() == [0, 0, 0, 0, 1, 0, 1]
    assert SPACE.targets(missing).tolist() == [-1, -1, -1, 0, 1]


@pytest.mark.parametrize(
    "labels", [{}, {"speaker": "eve"}, {"sex": "male"}, {"speaker": "ada", "sex": "female"}]
)
def test_round_trip(labels):
    index = SPACE.index(**labels)
    assert torch.equal(SPACE.index_of_inputs(SPACE.inputs(index)), index)
    assert SPACE.names(index) == labels


def test_batches_of_any_shape():
    index = torch.stack([SPACE.index(speaker="ada"), SPACE.index(sex="male")]).view(1, 2, 2)
    assert SPACE.inputs(index).shape == (1, 2, 7)
    assert SPACE.targets(index).shape == (1, 2, 5)
    assert [part.shape[-1] for part in SPACE.split(SPACE.targets(index))] == [3, 2]


def test_empty_and_none_are_unlabelled():
    assert SPACE.index(speaker="", sex=None).tolist() == [-1, -1]


def test_unknown_class_lists_the_nearest():
    with pytest.raises(VoxError, match="unknown speaker 'adda'; did you mean 'ada'"):
        SPACE.index(speaker="adda")
    with pytest.raises(VoxError, match="unknown label group 'gender'"):
        SPACE.index(gender="male")


def test_a_class_named_twice_is_refused():
    with pytest.raises(VoxError, match="twice"):
        LabelSpace.of({"speaker": ["ada", "ada"]})


def test_names_cannot_inject_markup():
    space = LabelSpace.of({"<b>": ["<script>alert(1)</script>"]})
    assert "<script>" not in space._repr_html_()
    assert "<b>" not in space._repr_html_()


def dropped(index, probability, times=4000, seed=0):
    """Count which groups stay, over many draws of one index vector."""
    many = torch.tensor(index).expand(times, -1)
    out = drop_labels(many, probability, np.random.default_rng(seed))
    assert ((out == many) | (out == -1)).all()
    return Counter(tuple(row) for row in (out != -1).int().tolist())


def test_labels_drop_as_often_as_two_throws_say():
    """Of three labelled groups, two throws of 1/2: none falls 1/4, one 1/2, two 1/4."""
    counted = dropped([5, 1, 0], 0.5)
    total = sum(counted.values())
    by_kept = {n: sum(c for kept, c in counted.items() if sum(kept) == n) for n in range(4)}
    assert by_kept[0] == 0
    for n, share in ((3, 0.25), (2, 0.5), (1, 0.25)):
        assert by_kept[n] / total == pytest.approx(share, abs=0.03)
    for kept in ((0, 1, 1), (1, 0, 1), (1, 1, 0)):  # which one falls is as likely for each
        assert counted[kept] / total == pytest.approx(0.5 / 3, abs=0.02)
    for kept in ((1, 0, 0), (0, 1, 0), (0, 0, 1)):
        assert counted[kept] / total == pytest.approx(0.25 / 3, abs=0.02)


def test_only_labelled_groups_fall_and_one_always_stays():
    """Two labelled groups: the first of two throws that says so drops one, then none may fall."""
    counted = dropped([5, -1, 0], 0.5)
    total = sum(counted.values())
    assert counted[(1, 0, 1)] / total == pytest.approx(0.25, abs=0.03)
    assert counted[(1, 0, 0)] / total == pytest.approx(0.375, abs=0.03)
    assert counted[(0, 0, 1)] / total == pytest.approx(0.375, abs=0.03)
    assert dropped([-1, 1, -1], 1.0).keys() == {(0, 1, 0)}
    assert dropped([-1, -1, -1], 1.0).keys() == {(0, 0, 0)}


def test_no_label_falls_at_0_and_all_but_one_at_1():
    assert dropped([5, 1, 0], 0.0).keys() == {(1, 1, 1)}
    assert {sum(kept) for kept in dropped([5, 1, 0], 1.0)} == {1}
    assert len(dropped([5, 1, 0], 1.0)) == 3


def test_a_space_of_one_group_keeps_its_label():
    assert dropped([3], 1.0).keys() == {(1,)}


def test_what_is_dropped_follows_from_the_draw_and_leaves_its_input_alone():
    index = torch.tensor([[1, 0, 1]] * 8)
    before = index.clone()
    one, other = (drop_labels(index, 0.5, np.random.default_rng(3)) for _ in range(2))
    assert torch.equal(one, other)
    assert torch.equal(index, before)


def test_inputs_without_flags_are_the_one_hots_alone():
    index = SPACE.index(speaker="bob", sex="male")
    assert torch.equal(SPACE.inputs(index, flags=False), SPACE.inputs(index)[: SPACE.target_size])


def test_labels_of_many_classes_are_found_without_reading_all_of_them():
    """A corpus of fifty thousand recordings may have ten thousand speakers."""

    class Counted(str):
        hashed = 0

        def __hash__(self):
            Counted.hashed += 1
            return super().__hash__()

    space = LabelSpace.of({"speaker": [Counted(i) for i in range(300)]})
    assert [int(space.index(speaker=str(i))) for i in range(300)] == list(range(300))
    assert Counted.hashed < 10 * 300
