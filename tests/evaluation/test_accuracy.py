"""Accuracy of a classifier on what it was not trained on, and what so few recordings allow."""

import pytest
import torch

import vox
from vox.evaluation import Accuracy, Predictions, predictions


def test_accuracy_says_what_so_few_recordings_allow():
    """Wilson's interval of 1 of 1, and of all or few of many."""
    assert Accuracy(48, 48, 0.125, 0.125).above_chance is True
    assert Accuracy(3, 100, 0.125, 0.125).above_chance is False
    assert Accuracy(1, 1, 0.5, 0.5).above_chance is None
    assert Accuracy(0, 0, float("nan"), float("nan")).above_chance is None
    low, high = Accuracy(1, 1, 0.5, 0.5).interval
    assert low == pytest.approx(0.2065, abs=1e-3)
    assert high == pytest.approx(1)


def judged(truth, predicted):
    """Predictions of two groups, where the sex follows from the speaker."""
    labels = vox.LabelSpace.of({"speaker": ["ada", "bob"], "sex": ["female", "male"]})
    implied = {"ada": {"sex": "female"}, "bob": {"sex": "male"}}
    frequent = torch.tensor([0, 0])
    return Predictions(labels, torch.tensor(truth), torch.tensor(predicted), frequent, implied)


def test_predictions_count_labelled_recordings_alone():
    found = judged([[0, 0], [1, -1], [1, 1]], [[0, 1], [1, 0], [0, 1]])
    speaker, sex = found.accuracy("speaker"), found.accuracy("sex")
    assert (speaker.right, speaker.recordings, speaker.chance) == (2, 3, 0.5)
    assert (sex.right, sex.recordings) == (1, 2)
    assert speaker.majority == pytest.approx(1 / 3)
    assert found.accuracy("birthplace").recordings == 0


def test_a_group_that_the_speaker_tells_better_is_found_by_a_sign_test():
    right, wrong = [[0, 0]] * 20, [[0, 1]] * 20
    assert judged(right, wrong).follows_better("sex") is True
    assert judged(right, right).follows_better("sex") is None  # nothing to tell them apart by
    assert judged(right[:4], wrong[:4]).follows_better("sex") is None  # 4 of 4: p = .125
    assert judged(right, [[1, 0]] * 20).follows_better("sex") is False
    assert judged(right, right).follows_better("birthplace") is None


def test_predictions_on_a_corpus_with_other_labels_are_refused(tiny, two_speakers, tmp_path):
    run = vox.train(tiny, two_speakers, "cpu", "page", directory=tmp_path)
    with pytest.raises(vox.VoxError, match="other labels"):
        predictions(run, vox.load_corpus("demo"))


def test_without_held_out_windows_those_of_training_are_judged_and_it_is_said(
    tiny, two_speakers, tmp_path
):
    run = vox.train(tiny, two_speakers, "cpu", "page", directory=tmp_path)
    found = predictions(run, two_speakers)
    assert not found.held_out
    assert "recordings of training" in str(found)


@pytest.mark.parametrize(
    ("right", "of", "chance", "above"),
    [(6, 8, 1 / 2, None), (3, 4, 1 / 2, None), (40, 80, 1 / 2, False), (80, 80, 1 / 2, True),
     (4, 48, 1 / 8, False), (8, 48, 1 / 8, None), (40, 48, 1 / 8, True)],
)  # fmt: skip
def test_below_chance_needs_evidence_of_few_classes_too(right, of, chance, above):
    assert Accuracy(right, of, chance, chance).above_chance is above


def test_without_speakers_nothing_follows_from_them():
    labels = vox.labels.LabelSpace.of({"sex": ["female", "male"]})
    truth = torch.tensor([[0], [1]])
    found = Predictions(labels, truth, truth, torch.tensor([0]), {})
    assert found.follows_better("sex") is None
    assert found.accuracy("sex", by_speaker=True).recordings == 0
    assert found.accuracy("sex").right == 2
