"""Every voice by every voice, with voices whose sounds are known."""

import base64
import io
import re
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
from conftest import tone

from vox import notebook
from vox.corpus import Recording
from vox.notebook import matrix

PITCH = {"ada": 200, "bob": 100, "<i>": 300}


def recording(speaker, number, text, split="test"):
    return Recording(f"{speaker}/{number}.wav", {"speaker": speaker}, split, text, "en")


class Corpus:
    """Each speaker says two sentences, of which the shorter is said by all, after a silence."""

    recordings = tuple(
        r
        for name in PITCH
        for r in (recording(name, 1, f"{name} says this alone."), recording(name, 2, "Short."))
    )

    def counts(self, group):
        return dict.fromkeys(PITCH, 2)

    def select(self, split=None, speaker=None):
        return tuple(r for r in self.recordings if r.labels["speaker"] == speaker)

    def pcm(self, recording):
        silence = np.zeros(4000, np.float32)
        return np.concatenate([silence, tone(PITCH[recording.labels["speaker"]], 2)])


@pytest.fixture
def run():
    """Converts by speaking at the target's pitch; its copies are half as loud."""
    return SimpleNamespace(
        experiment=SimpleNamespace(
            representation=SimpleNamespace(sample_rate=16_000, copy_synthesis=lambda pcm: pcm / 2)
        ),
        speakers=(*PITCH, "nobody"),
        convert=lambda pcm, speaker: np.concatenate([pcm[:4000], tone(PITCH[speaker], 2)]),
    )


@pytest.fixture
def judged(monkeypatch):
    """A judge that hears the pitch alone, and finds another voice 0.75 like it."""

    class Scorer:
        def __init__(self, run, corpus):
            pass

        def voice(self, speaker, pair):
            return SimpleNamespace(embedding=PITCH[speaker])

    def heard(pcm):
        spectrum = np.abs(np.fft.rfft(pcm[4000:], 16_000))
        return int(spectrum[50:].argmax()) + 50

    monkeypatch.setattr(matrix, "Scorer", Scorer)
    monkeypatch.setattr(matrix.judges, "missing", list)
    monkeypatch.setattr(matrix.judges, "voice", heard)
    monkeypatch.setattr(
        matrix.judges, "similarity", lambda one, other: 1 if abs(one - other) < 3 else 0.75
    )


def test_rows_are_sources_columns_targets_and_the_diagonal_ones_own_copy(run, judged):
    found = notebook.Matrix(run, Corpus(), seconds=0.5)
    assert found.speakers == ["ada", "bob", "<i>"]
    assert {r.text for r in found.recordings.values()} == {"Short."}
    assert len(found.sounds) == 9
    assert set(found.similarity.values()) == {1}  # each conversion has its target's pitch
    begin = matrix.first_sound(Corpus().pcm(Corpus.recordings[0]))
    assert begin == pytest.approx(4000, abs=20)
    own = found.sounds["ada", "ada"]
    assert len(own) == 8000
    np.testing.assert_allclose(own[1000:7000], tone(200, 2)[begin - 3000 : begin + 3000] / 2)
    shown = found._repr_html_()
    assert shown.startswith('<p class="vox-said" lang="en">Short.</p>')
    assert re.findall(r'<th scope="col">([^<]*)', shown) == ["ada", "bob", "&lt;i&gt;"]
    labels = re.findall(r'aria-label="([^"]*)"', shown)
    assert labels[:2] == ["ada の複製合成、目標との類似 1.00", "ada → bob、目標との類似 1.00"]
    assert len(labels) == 9
    assert shown.count('class="vox-own"') == 3
    assert "<i>" not in shown
    sound = re.search(r"data:audio/mpeg;base64,([^\"]+)", shown)[1]
    assert soundfile.info(io.BytesIO(base64.b64decode(sound))).duration == pytest.approx(
        0.5, abs=0.1
    )


def test_without_judges_it_is_heard_all_the_same(run, monkeypatch):
    monkeypatch.setattr(matrix.judges, "missing", lambda: ["resemblyzer"])
    shown = notebook.Matrix(run, Corpus(), seconds=0.2, count=2)._repr_html_()
    assert shown.count("<audio") == 4
    assert "類似" not in shown


def test_what_a_short_piece_holds():
    assert matrix.first_sound(np.zeros(10, np.float32)) == 0
    assert matrix.faded(np.ones(1000, np.float32), 16_000)[[0, -1, 500]].tolist() == [0, 0, 1]
    assert len(matrix.faded(np.zeros(0, np.float32), 16_000)) == 0
    own = {"ada": [recording("ada", 1, "One.")], "bob": [recording("bob", 1, "Another.")]}
    corpus = SimpleNamespace(select=lambda split=None, speaker=None: tuple(own[speaker]))
    found = matrix.spoken_by_all(corpus, ["ada", "bob"])
    assert found == {name: each[0] for name, each in own.items()}
