import pytest
import torch

from vox import LabelSpace, VoxError
from vox.labels import PAGE

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
