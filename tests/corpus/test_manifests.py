"""lhotse manifests as a corpus: made by lhotse's own classes and recipes, of sounds made here.

Sounds are ramps in float samples at 16 kHz, which nothing resamples: each sample tells where in its
file it stood, so a segment is either exactly that segment or wrong.
"""

import gzip
import json
import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest
import soundfile
from conftest import tone

import vox
from vox import VoxError
from vox.cli import main
from vox.corpus.segment import Segment
from vox.corpus.windows import Windows

lhotse = pytest.importorskip("lhotse", reason="lhotse is not installed, of the extra corpora")
RATE = 16_000
ASTERISK = Path("/usr/share/asterisk/sounds")


def ramp(seconds: float, low: float = 0.0, high: float = 1.0) -> np.ndarray:
    return np.linspace(low, high, round(seconds * RATE), endpoint=False, dtype=np.float32)


def reasons(corpus: vox.Corpus) -> dict[str, str]:
    return {problem.where: problem.reason for problem in corpus.problems}


def said(id: str, recording: str, start: float = 0.0, seconds: float = 4.0, **more):
    more = {"speaker": "ada", **more}
    return lhotse.SupervisionSegment(id, recording, start, seconds, **more)


@pytest.fixture
def make(tmp_path):
    """Write manifests: ``make({"a.wav": pcm}, [supervision, ...], "_part.jsonl")``."""

    def make(sounds, supervisions, end=".jsonl.gz", relative=False, **files):
        folder = tmp_path / "corpus"
        folder.mkdir(exist_ok=True)
        recordings = []
        for name, pcm in sounds.items():
            path = folder / name
            if not path.exists() or not np.array_equal(soundfile.read(path)[0], pcm):
                soundfile.write(path, pcm, RATE, subtype="FLOAT")  # with the time of writing in it
            recording = lhotse.Recording.from_file(folder / name)
            if relative:
                recording.sources[0].source = name
            recordings.append(recording)
        lhotse.RecordingSet.from_recordings(recordings).to_file(folder / f"recordings{end}")
        lhotse.SupervisionSet.from_segments(supervisions).to_file(folder / f"supervisions{end}")
        return folder

    return make


@pytest.mark.parametrize("end", [".jsonl.gz", ".jsonl", ".json", ".json.gz", "_train-clean.jsonl"])
def test_a_segment_is_exactly_its_stretch_of_the_recording(make, end):
    pcm = ramp(10)
    folder = make(
        {"long.wav": pcm},
        [
            said("one", "long", 0.5, 2.25, text="first"),
            said("two", "long", 2.75, 3.0, speaker="bob", gender="M"),
            said("whole", "long", 0, 10),
            said("tail", "long", 8.0, 2.0),
        ],
        end,
    )
    corpus = vox.load_corpus(folder)
    assert not corpus.problems
    assert np.array_equal(corpus.pcm("one"), pcm[8_000:44_000])
    assert np.array_equal(corpus.pcm("two"), pcm[44_000:92_000])
    assert np.array_equal(corpus.pcm("whole"), pcm)
    assert np.array_equal(corpus.pcm("tail"), pcm[128_000:])
    labels = {r.file: (r.labels, r.text) for r in corpus.recordings}
    assert labels["one"] == ({"speaker": "ada"}, "first")
    assert labels["two"] == ({"speaker": "bob", "sex": "male"}, "")
    assert len({corpus.digest(r) for r in corpus.recordings}) == 4
    for kind in ("recordings", "supervisions"):
        assert vox.load_corpus(folder / f"{kind}{end}").fingerprint == corpus.fingerprint


def test_windows_are_drawn_from_segments(make):
    pcm = np.concatenate([tone(110, 5), tone(220, 5)])
    ids = [f"{i}" for i in range(4)]
    folder = make({"a.wav": pcm}, [said(id, "a", 2.5 * i, 2.5) for i, id in enumerate(ids)])
    corpus = vox.load_corpus(folder)
    assert {r.split for r in corpus.recordings} == {"train"}
    windows = Windows(corpus, 17152)
    assert [r.file for r in windows.recordings] == ids
    assert windows.counts == [3, 3, 3, 3]
    places, starts = windows.draw(0, 0, 200)
    for place, start in zip(places, starts, strict=True):
        first, length = corpus.span(windows.recordings[place])
        assert first <= start <= first + length - 17152


def test_other_rates_are_resampled_and_files_of_any_format_are_read(tmp_path):
    pcm = tone(220, 3, 44_100)
    recordings, supervisions = [], []
    for name, start in (("a.flac", 1.0), ("b.ogg", 1.0), ("c.mp3", 0.0), ("d.wav", 1.0)):
        soundfile.write(tmp_path / name, pcm, 44_100)
        recordings.append(lhotse.Recording.from_file(tmp_path / name))
        supervisions.append(said(name, recordings[-1].id, start, 1.5))
    lhotse.RecordingSet.from_recordings(recordings).to_file(tmp_path / "recordings.jsonl")
    lhotse.SupervisionSet.from_segments(supervisions).to_file(tmp_path / "supervisions.jsonl")
    corpus = vox.load_corpus(tmp_path)
    assert [r.file for r in corpus.recordings] == ["a.flac", "b.ogg", "c.mp3", "d.wav"]
    for supervision, recording in zip(supervisions, corpus.recordings, strict=True):
        expected = tone(220, 3)[round(supervision.start * RATE) :][:24_000]
        found = corpus.pcm(recording)
        assert len(found) == 24_000
        lossy = recording.file.endswith(("ogg", "mp3"))
        assert np.abs(found - expected)[200:-200].max() < (0.03 if lossy else 1e-3)


def test_labels(make):
    told = {
        "accent": {"accent": "Scottish", "region": "Fife"},
        "accents": {"accents": ["US", "Texan"], "country": "USA"},
        "birthplace": {"country": "Japan", "birthplace": "Osaka"},
        "unknown": {"accent": "unknown", "dialect": "Kansai"},
        "nothing": {"age": 30},
    }
    genders = dict(zip(told, ("F", "male_masculine", "Female", "unknown", "other"), strict=True))
    folder = make(
        {"a.wav": ramp(4)},
        [said(id, "a", gender=genders[id], custom=custom) for id, custom in told.items()]
        + [
            said("place alone", "a", speaker=None, custom={"region": "Fife"}),
            said("none", "a", speaker=" ", gender="", custom={"accent": float("nan")}),
            said("number", "a", speaker=7),
        ],
    )
    corpus = vox.load_corpus(folder)
    assert {r.file: r.labels for r in corpus.recordings} == {
        "accent": {"speaker": "ada", "birthplace": "Scottish", "sex": "female"},
        "accents": {"speaker": "ada", "birthplace": "US, Texan", "sex": "male"},
        "birthplace": {"speaker": "ada", "birthplace": "Osaka", "sex": "female"},
        "unknown": {"speaker": "ada", "birthplace": "Kansai"},
        "nothing": {"speaker": "ada", "sex": "other"},
        "place alone": {"birthplace": "Fife"},
        "number": {"speaker": "7"},
    }
    assert reasons(corpus) == {"none": "no speaker, and no other label"}


def test_what_does_not_fit_is_listed_and_the_rest_is_loaded(make):
    broken = ramp(4)
    broken[40_000] = np.nan
    folder = make(
        {"good.wav": ramp(4), "gone.wav": ramp(4), "nan.wav": broken, "cut.wav": ramp(4),
         "text.wav": ramp(4)},
        [
            said("good", "good"),
            said("rounded up", "good", 1.0, 3.004),
            said("past", "good", 3.0, 2.0),
            said("behind", "good", 9.0, 1.0),
            said("before", "good", -1.0, 2.0),
            said("empty", "good", 1.0, 0.0),
            said("channel", "good", channel=2),
            said("no recording", "elsewhere"),
            said("gone", "gone"),
            said("nan", "nan"),
            said("beside the nan", "nan", 0.0, 2.0),
            said("truncated", "cut"),
            said("truncated tail", "cut", 3.0, 0.5),
            said("before the truncation", "cut", 0.5, 1.0),
            said("no sound", "text"),
        ],
    )  # fmt: skip
    (folder / "gone.wav").unlink()
    (folder / "text.wav").write_text("not a sound")
    soundfile.write(folder / "cut.wav", ramp(4)[:32_000], RATE, subtype="FLOAT")
    corpus = vox.load_corpus(folder)
    expected = {
        "past": "3.00 to 5.00 s reaches past the end of its recording, at 4.00 s",
        "behind": "9.00 to 10.00 s reaches past the end",
        "before": "starts before its recording, at -1.00 s",
        "empty": "an empty segment, 1.00 to 1.00 s",
        "channel": "channel 2, and its recording has 0",
        "no recording": "its recording 'elsewhere' is not in the manifest",
        "gone": f"{folder / 'gone.wav'}: cannot be read: No such file",
        "nan": "NaN or infinite sample, first at 2.500 s",
        "truncated": "truncated, or not the file that its manifest was made from",
        "truncated tail": "truncated, or not the file that its manifest was made from",
        "no sound": "lhotse cannot read it (Format not recognised)",
    }
    found = reasons(corpus)
    assert found.keys() == expected.keys()
    for where, reason in expected.items():
        assert reason in found[where]
    assert {r.file for r in corpus.recordings} == {
        "good", "rounded up", "beside the nan", "before the truncation"
    }  # fmt: skip
    assert np.array_equal(corpus.pcm("rounded up"), ramp(4)[16_000:])  # and nothing padded
    assert np.array_equal(corpus.pcm("before the truncation"), ramp(4)[8_000:24_000])


def test_channels_are_chosen_and_averaged(make):
    left, right = ramp(4, 0, 1), ramp(4, 0, -0.5)
    folder = make(
        {"stereo.wav": np.stack([left, right], axis=1)},
        [
            said("left", "stereo", channel=0),
            said("right", "stereo", channel=1, speaker="bob"),
            said("both", "stereo", 1.0, 2.0, channel=[0, 1]),
        ],
    )
    corpus = vox.load_corpus(folder)
    assert np.array_equal(corpus.pcm("left"), left)
    assert np.array_equal(corpus.pcm("right"), right)
    assert np.allclose(corpus.pcm("both"), ramp(4, 0, 0.25)[16_000:48_000], atol=1e-6)


def test_a_recording_of_several_files_is_one(make):
    left, right = ramp(4, 0, 1), ramp(4, 0, -0.5)
    folder = make({"l.wav": left, "r.wav": right}, [said("right", "x", channel=1)])
    sources = [
        lhotse.AudioSource("file", [channel], str(folder / name))
        for channel, name in enumerate(("l.wav", "r.wav"))
    ]
    recording = lhotse.Recording("x", sources, RATE, 64_000, 4.0)
    lhotse.RecordingSet.from_recordings([recording]).to_file(folder / "recordings.jsonl.gz")
    corpus = vox.load_corpus(folder)
    assert np.array_equal(corpus.pcm("right"), right)


def test_relative_paths_are_tried_from_here_and_from_the_manifest(make, tmp_path, monkeypatch):
    folder = make({"a.wav": ramp(4), "b.wav": ramp(4, 1, 0)}, [said("a", "a"), said("b", "b")],
                  relative=True)  # fmt: skip
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    corpus = vox.load_corpus(folder)
    assert np.array_equal(corpus.pcm("b"), ramp(4, 1, 0))
    (folder / "b.wav").rename(tmp_path / "elsewhere" / "b.wav")
    again = vox.load_corpus(folder)
    assert np.array_equal(again.pcm("b"), ramp(4, 1, 0))
    assert again.fingerprint == corpus.fingerprint
    (tmp_path / "elsewhere" / "b.wav").unlink()
    last = vox.load_corpus(folder)
    assert "b.wav: not found, neither from here nor from" in reasons(last)["b"]
    assert [r.file for r in last.recordings] == ["a"]


def test_several_parts_in_a_folder_are_merged(make):
    make({"a.wav": ramp(4)}, [said("1", "a"), said("2", "a", 0, 1)], "_train.jsonl.gz")
    folder = make({"a.wav": ramp(4)}, [said("1", "a", 1, 1), said("3", "a", 2, 2)], "_dev.jsonl")
    other = lhotse.RecordingSet.from_recordings([lhotse.Recording.from_file(folder / "a.wav")])
    other.to_file(folder / "musan_recordings_music.jsonl.gz")
    corpus = vox.load_corpus(folder)
    assert [r.file for r in corpus.recordings] == ["1", "2", "3"]
    assert len(corpus.pcm("1")) == 16_000  # of dev, which comes first
    assert "the id is taken already" in reasons(corpus)["1"]
    alone = reasons(corpus)["musan_recordings_music.jsonl.gz"]
    assert "musan_supervisions_music" in alone
    assert len(vox.load_corpus(folder / "recordings_train.jsonl.gz").recordings) == 2


def test_recordings_without_supervisions_are_told(make):
    folder = make({"a.wav": ramp(4), "b.wav": ramp(4)}, [said("a", "a")])
    assert "without a supervision, passed over: 1" in vox.load_corpus(folder).notes


@pytest.mark.parametrize("kind", ["recordings", "supervisions"])
def test_a_manifest_without_its_partner_says_so(make, kind):
    folder = make({"a.wav": ramp(4)}, [said("a", "a")], "_dev.jsonl")
    other = {"recordings": "supervisions", "supervisions": "recordings"}[kind]
    (folder / f"{other}_dev.jsonl").rename(folder / f"{other}_test.txt")
    message = rf"needs recordings and supervisions, or cuts; {kind}_dev.jsonl: its {other} are not"
    for path in (folder, folder / f"{kind}_dev.jsonl"):
        with pytest.raises(VoxError, match=message):
            vox.load_corpus(path)


def test_a_manifest_that_cannot_be_read_says_why(make):
    folder = make({"a.wav": ramp(4)}, [said("a", "a")], ".jsonl")
    manifest = folder / "supervisions.jsonl"
    good = manifest.read_text()
    for content, message in (
        (good[:40], "not a lhotse manifest of supervisions"),
        ('{"id": "a", "what": 1}\n', "not a lhotse manifest of supervisions"),
        ((folder / "recordings.jsonl").read_text(), "lists a Recording"),
        ("", "nothing usable"),
    ):
        manifest.write_text(content)
        with pytest.raises(VoxError, match=message):
            vox.load_corpus(folder)
    zipped = folder / "supervisions.jsonl.gz"
    manifest.unlink()
    zipped.write_bytes(gzip.compress(good.encode() * 100)[:-20])
    with pytest.raises(VoxError, match=r"supervisions\.jsonl\.gz: not a lhotse manifest"):
        vox.load_corpus(folder)


def test_without_lhotse_the_error_says_what_to_install(make, monkeypatch):
    folder = make({"a.wav": ramp(4)}, [said("a", "a")])
    monkeypatch.setitem(sys.modules, "lhotse", None)
    for path in (folder, folder / "recordings.jsonl.gz"):
        with pytest.raises(VoxError, match=r"pip install .* '\.\[corpora\]'"):
            vox.load_corpus(path)


def test_vox_does_not_import_lhotse_until_a_manifest_is_read():
    code = "import sys, vox; vox.load_corpus('demo'); sys.exit('lhotse' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_fingerprint_follows_what_is_heard(make, tmp_path):
    def fingerprint(*supervisions, **more):
        return vox.load_corpus(make({"a.wav": ramp(4)}, supervisions, **more)).fingerprint

    original = fingerprint(said("1", "a", 0, 2), said("2", "a", 2, 2))
    assert fingerprint(said("2", "a", 2, 2), said("1", "a", 0, 2)) == original
    assert fingerprint(said("1", "a", 0, 2), said("2", "a", 2, 2), relative=True) == original
    assert fingerprint(said("1", "a", 0, 2.1), said("2", "a", 2, 2)) != original
    assert fingerprint(said("1", "a", 0.1, 2), said("2", "a", 2, 2)) != original
    assert fingerprint(said("1", "a", 0, 2, speaker="eve"), said("2", "a", 2, 2)) != original
    fingerprint(said("1", "a", 0, 2), said("2", "a", 2, 2), relative=True)
    (tmp_path / "corpus").rename(tmp_path / "moved")
    assert vox.load_corpus(tmp_path / "moved").fingerprint == original
    soundfile.write(tmp_path / "moved" / "a.wav", ramp(4, 0, 0.9), RATE, subtype="FLOAT")
    assert vox.load_corpus(tmp_path / "moved").fingerprint != original


def test_odd_ids_are_named_printably(make):
    folder = make(
        {"a.wav": ramp(4)},
        [said("ada/one", "a"), said("two\nlines", "a", 0, 1), said("", "a"), said("日本", "a", 1)],
    )
    corpus = vox.load_corpus(folder)
    assert [r.file for r in corpus.recordings] == ["ada/one", "two\\nlines"]
    assert reasons(corpus).keys() == {"(no id)", "日本"}


def lines(path):
    with gzip.open(path, "rt") as file:
        return [json.loads(line) for line in file]


def change(path, number, **values):
    told = lines(path)
    told[number] |= values
    with gzip.open(path, "wt") as file:
        file.writelines(json.dumps(each) + "\n" for each in told)


ODD = [None, "text", "", [], {}, True, float("nan"), float("inf"), -1, 1e308]


@pytest.mark.parametrize(
    ("kind", "field"),
    [("supervisions", "start"), ("supervisions", "duration"), ("supervisions", "channel"),
     ("supervisions", "id"), ("supervisions", "recording_id"), ("supervisions", "speaker"),
     ("supervisions", "custom"), ("supervisions", "text"), ("supervisions", "gender"),
     ("recordings", "id"), ("recordings", "sources"), ("recordings", "sampling_rate"),
     ("recordings", "num_samples"), ("recordings", "duration"), ("recordings", "channel_ids"),
     ("recordings", "transforms")],
)  # fmt: skip
def test_values_that_make_no_sense_are_listed_and_the_rest_is_loaded(make, kind, field):
    folder = make({"a.wav": ramp(4), "b.wav": ramp(4)}, [said("good", "a"), said("odd", "b")])
    path = folder / f"{kind}.jsonl.gz"
    good = path.read_bytes()
    for value in ODD:
        path.write_bytes(good)
        change(path, 1, **{field: value})
        corpus = vox.load_corpus(folder)
        assert corpus.recordings[0].file == "good" or len(corpus.recordings) == 2
        assert np.array_equal(corpus.pcm("good"), ramp(4))
        assert len(corpus.recordings) + len(corpus.problems) >= 2 or corpus.notes
        assert all(str(problem).isprintable() for problem in corpus.problems)


def test_odd_sources_are_listed(make):
    folder = make({"a.wav": ramp(4), "b.wav": ramp(4)}, [said("good", "a"), said("odd", "b")])
    path = folder / "recordings.jsonl.gz"
    for source in (None, 5, [], {}, "a\0b", "x" * 5000, "/dev/zero", "/dev", "pipe:echo"):
        for type in ("file", "url", None, 3):
            if type == "url" and source not in (None, "pipe:echo"):
                continue  # reaches out
            change(path, 1, sources=[{"type": type, "channels": [0], "source": source}])
            corpus = vox.load_corpus(folder)
            assert [r.file for r in corpus.recordings] == ["good"]
            assert reasons(corpus).keys() == {"odd"}


@pytest.mark.parametrize("absolute", [True, False])
def test_sources_that_are_no_regular_files_are_never_opened(make, absolute):
    folder = make({"a.wav": ramp(4), "b.wav": ramp(4)}, [said("good", "a"), said("odd", "b")])
    os.mkfifo(folder / "pipe.wav")
    source = str(folder / "pipe.wav") if absolute else "pipe.wav"
    told = [{"type": "file", "channels": [0], "source": source}]
    change(folder / "recordings.jsonl.gz", 1, sources=told)
    corpus = vox.load_corpus(folder)
    assert [r.file for r in corpus.recordings] == ["good"]
    assert re.search("no regular file|not found", reasons(corpus)["odd"])


@pytest.mark.parametrize("where", ["source", "transform", "url"])
def test_commands_run_only_where_they_are_allowed(make, where, tmp_path, capsys):
    sounds = {"a.wav": tone(150, 4), "b.wav": tone(200, 4)}
    folder = make(sounds, [said("good", "a"), said("odd", "b")])
    path, ran = folder / "recordings.jsonl.gz", tmp_path / "ran"
    command = f"touch {ran}; cat {folder / 'b.wav'}"
    source = {"type": "command", "channels": [0], "source": command}
    if where == "source":
        change(path, 1, sources=[source])
    elif where == "url":
        change(path, 1, sources=[source | {"type": "url", "source": f"pipe:{command}"}])
    else:
        rir = lines(path)[1] | {"sources": [source]}
        reverb = {"name": "ReverbWithImpulseResponse", "kwargs": {"rir": rir}}
        change(path, 1, transforms=[reverb])
    assert main(["corpus", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert "odd: its source is a command" in printed
    assert "--allow-commands" in printed
    assert not ran.exists()
    assert main(["corpus", str(folder), "--allow-commands"]) == 0
    assert ran.exists()
    if where == "source":
        ran.unlink()
        assert np.array_equal(vox.load_corpus(folder).pcm("odd"), sounds["b.wav"])
        assert not ran.exists()


def test_entries_that_are_none_are_listed(make):
    folder = make({"a.wav": ramp(4)}, [said("good", "a")], ".jsonl")
    path = folder / "supervisions.jsonl"
    path.write_text(path.read_text() + '{"id": "x", "what": 1}\n[]\nnull\n{"id": "cut o')
    corpus = vox.load_corpus(folder)
    assert [r.file for r in corpus.recordings] == ["good"]
    assert reasons(corpus).keys() == {f"supervisions.jsonl entry {i}" for i in (2, 3, 4, 5)}


def test_labels_and_paths_of_manifests_are_the_same_however_composed(make):
    nfd = unicodedata.normalize("NFD", "がく")
    folder = make({f"{nfd}.wav": ramp(4), "b.wav": ramp(4)}, [
        said("1", nfd, speaker=nfd), said("2", "b", speaker="がく", text=nfd),
    ], relative=True)  # fmt: skip
    path = folder / "recordings.jsonl.gz"
    change(path, 0, sources=[{"type": "file", "channels": [0], "source": "がく.wav"}])
    corpus = vox.load_corpus(folder)
    assert corpus.counts("speaker") == {"がく": 2}
    assert {r.text for r in corpus.recordings} == {"", "がく"}


def test_segments_are_decoded_once_and_a_long_file_is_never_read_whole(make, monkeypatch):
    frames = []
    read = soundfile.SoundFile.read
    monkeypatch.setattr(
        soundfile.SoundFile, "read",
        lambda self, frames_=-1, *a, frames=-1, **k: counted(self, frames, *a, **k),
    )  # fmt: skip

    def counted(file, count, *arguments, **more):
        samples = read(file, count, *arguments, **more)
        frames.append(len(samples))
        return samples

    folder = make({"a.wav": ramp(100)}, [said(str(i), "a", 9.0 * i, 2.0) for i in range(10)])
    corpus = vox.load_corpus(folder)
    assert frames == [32_000] * 10
    monkeypatch.setattr(Segment, "read", lambda *a: pytest.fail("decoded again"))
    again = vox.load_corpus(folder)
    assert again.fingerprint == corpus.fingerprint
    assert np.array_equal(again.pcm("3"), ramp(100)[27 * RATE : 29 * RATE])


def test_sources_that_are_no_files_are_read_and_tried_again(make, tmp_path, monkeypatch):
    """A command, as manifests made from Kaldi's hold; what it reads may come later."""
    one, other = tone(110, 4), tone(220, 4)
    folder = make({"a.wav": one, "b.wav": other}, [said("a", "a"), said("b", "b", 1, 2)])
    recordings = list(lhotse.RecordingSet.from_file(folder / "recordings.jsonl.gz"))
    recordings[1].sources[0] = lhotse.AudioSource("command", [0], f"cat {folder / 'later.wav'}")
    lhotse.RecordingSet.from_recordings(recordings).to_file(folder / "recordings.jsonl.gz")
    refused = vox.load_corpus(folder)
    assert "its source is a command" in reasons(refused)["b"]
    assert "--allow-commands" in reasons(refused)["b"]
    before = vox.load_corpus(folder, allow_commands=True)
    assert "lhotse cannot read it" in reasons(before)["b"]
    assert [r.file for r in Windows(before, 4000).recordings] == ["a"]
    (folder / "b.wav").rename(folder / "later.wav")
    after = vox.load_corpus(folder, allow_commands=True)
    assert np.array_equal(after.pcm("a"), one)
    assert np.array_equal(after.pcm("b"), other[16_000:48_000])
    assert np.array_equal(before.pcm("a"), one)
    assert [r.file for r in Windows(after, 4000).recordings] == ["a", "b"]
    monkeypatch.setattr(Segment, "read", lambda *a: pytest.fail("decoded again"))
    assert vox.load_corpus(folder).fingerprint == after.fingerprint


def test_adding_to_a_store_can_be_interrupted(make, monkeypatch):
    sounds = {f"{i}.wav": tone(110 + 20 * i, 2) for i in range(4)}
    folder = make(sounds, [said(str(i), str(i), 0, 2) for i in range(4)])
    decode, failing = Segment.read, {"1", "2", "3"}

    def broken(source, rate):
        if Path(source.files[0]).stem in failing:
            raise vox.audio.AudioError("", "the decoder is missing")
        return decode(source, rate)

    monkeypatch.setattr(Segment, "read", broken)
    before = vox.load_corpus(folder)
    assert reasons(before) == dict.fromkeys(failing, "the decoder is missing")
    failing.clear()

    def interrupted(source, rate):
        if source.files[0].endswith("2.wav"):
            raise KeyboardInterrupt
        return decode(source, rate)

    monkeypatch.setattr(Segment, "read", interrupted)
    with pytest.raises(KeyboardInterrupt):
        vox.load_corpus(folder)
    with open(before.store.folder / "rows.f32", "ab") as file:  # a kill leaves half a recording
        file.write(b"\0" * 1001)
    decoded = []
    monkeypatch.setattr(Segment, "read", lambda s, rate: decoded.append(s.files) or decode(s, rate))
    after = vox.load_corpus(folder)
    assert [Path(name).stem for (name,) in decoded] == ["2", "3"]
    for i in range(4):
        assert np.allclose(after.pcm(str(i)), sounds[f"{i}.wav"], atol=1e-6)
    assert np.array_equal(before.pcm("0"), after.pcm("0"))


@pytest.fixture
def cuts(make):
    folder = make(
        {"a.wav": ramp(10), "b.wav": np.stack([ramp(4), ramp(4, 0, -1)], axis=1)},
        [said("1", "a", 0.5, 2), said("2", "a", 4, 3, speaker="bob", text="two"),
         said("3", "b", 1, 1, channel=1)],
    )  # fmt: skip
    made = lhotse.CutSet.from_manifests(
        recordings=lhotse.RecordingSet.from_file(folder / "recordings.jsonl.gz"),
        supervisions=lhotse.SupervisionSet.from_file(folder / "supervisions.jsonl.gz"),
    )
    for name in ("recordings", "supervisions"):
        (folder / f"{name}.jsonl.gz").unlink()
    return folder, made


def expect_cuts(corpus):
    assert not corpus.problems
    assert np.array_equal(corpus.pcm("1"), ramp(10)[8_000:40_000])
    assert np.array_equal(corpus.pcm("2"), ramp(10)[64_000:112_000])
    assert np.array_equal(corpus.pcm("3"), ramp(4, 0, -1)[16_000:32_000])
    assert corpus.recordings[1].text == "two"
    assert corpus.counts("speaker") == {"ada": 2, "bob": 1}


@pytest.mark.parametrize("trimmed", [False, True], ids=["whole recordings", "trimmed"])
@pytest.mark.parametrize("name", ["cuts.jsonl.gz", "x_cuts_dev.jsonl", "cuts.json"])
def test_cuts_alone_are_a_corpus(cuts, trimmed, name):
    folder, made = cuts
    if trimmed:
        made = made.trim_to_supervisions(keep_overlapping=False).to_eager()
    made.to_file(folder / name)
    corpus = vox.load_corpus(folder)
    expect_cuts(corpus)
    assert vox.load_corpus(folder / name).fingerprint == corpus.fingerprint


def test_cuts_under_any_name_are_read_where_they_are_named(cuts):
    folder, made = cuts
    made.to_file(folder / "selection.jsonl")
    expect_cuts(vox.load_corpus(folder / "selection.jsonl"))
    with pytest.raises(VoxError, match="nothing usable"):
        vox.load_corpus(folder)  # a folder of loose sounds


def test_cuts_and_manifests_of_the_same_utterances_are_the_same_corpus(cuts, make):
    folder, made = cuts
    made.to_file(folder / "cuts.jsonl")
    fingerprint = vox.load_corpus(folder).fingerprint
    recordings, supervisions, _ = made.decompose()
    recordings.to_file(folder / "recordings.jsonl")
    supervisions.to_file(folder / "supervisions.jsonl")
    corpus = vox.load_corpus(folder)
    assert corpus.fingerprint == fingerprint
    assert any("no cuts: cuts.jsonl" in note for note in corpus.notes)


def test_overlapping_windows_give_each_utterance_once_and_split_ones_are_listed(cuts):
    folder, made = cuts
    made = made.subset(cut_ids=[c.id for c in made if c.recording_id == "a"])
    windows = made.cut_into_windows(duration=4, hop=2).to_eager()
    windows.to_file(folder / "cuts.jsonl")
    held = [(c.start, s.id, s.start, s.duration) for c in windows for s in c.supervisions]
    assert sum(id == "2" for _, id, _, _ in held) > 1
    corpus = vox.load_corpus(folder)
    assert [r.file for r in corpus.recordings] == ["1", "2"]
    assert np.array_equal(corpus.pcm("2"), ramp(10)[64_000:112_000])
    assert not corpus.problems
    windows.filter(lambda cut: cut.start == 2).to_file(folder / "cuts.jsonl")
    with pytest.raises(VoxError, match=r"2: reaches out of its cut .*trim_to_supervisions"):
        vox.load_corpus(folder)


def test_cuts_that_no_recording_holds_are_listed(cuts):
    folder, made = cuts
    one = next(c for c in made if c.recording_id == "a")
    padded = one.pad(duration=12)
    mixed = one.with_id("noise").mix(one, offset_other_by=1.0)
    dry = one.with_id("dry")
    dry.recording = None
    made = [one, padded.with_id("padded"), mixed.with_id("mixed"), dry]
    lhotse.CutSet.from_cuts(made).to_file(folder / "cuts.jsonl")
    corpus = vox.load_corpus(folder)
    assert reasons(corpus) == {
        "padded": "a MixedCut: its sound is no stretch of one recording",
        "mixed": "a MixedCut: its sound is no stretch of one recording",
        "dry": "a cut without a recording",
    }
    assert [r.file for r in corpus.recordings] == ["1", "2"]


def test_perturbed_recordings_are_read_as_lhotse_reads_them(cuts):
    folder, made = cuts
    made = made.trim_to_supervisions(keep_overlapping=False).to_eager()
    louder = made.perturb_volume(0.5).to_eager()
    (made + louder).to_file(folder / "cuts.jsonl")
    corpus = vox.load_corpus(folder)
    assert len(corpus.recordings) == 6
    assert np.allclose(corpus.pcm("2_vp0.5"), 0.5 * corpus.pcm("2"), atol=1e-6)


def test_metadata_comes_before_manifests(make):
    folder = make({"a.wav": ramp(4), "b.wav": ramp(4)}, [said("1", "a")])
    (folder / "metadata.csv").write_text("file_name,speaker\na.wav,eve\nb.wav,eve\n")
    corpus = vox.load_corpus(folder)
    assert [(r.file, r.labels["speaker"]) for r in corpus.recordings] == [
        ("a.wav", "eve"),
        ("b.wav", "eve"),
    ]


def test_the_command_shows_a_manifest(make, capsys):
    folder = make({"a.wav": tone(150, 8)}, [said("a", "a", 0, 8), said("b", "a", 7, 3)])
    assert main(["corpus", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert "1 recordings" in printed
    assert "speaker  1          ada 1" in printed
    assert "b: 7.00 to 10.00 s reaches past the end" in printed


def test_what_lhotse_prepares_of_vctk_is_what_the_layout_gives(write, tmp_path):
    """Its own recipe on the older layout, and this package's reader of the same folder."""
    from lhotse.recipes import prepare_vctk

    for i, name in enumerate(("p225/p225_001", "p225/p225_002", "p226/p226_001")):
        write(f"wav48/{name}.wav", tone(120 + 10 * i, 1.3, 48_000), 48_000)
        path = tmp_path / "corpus" / "txt" / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"Sentence {i}.\n")
    (tmp_path / "corpus" / "speaker-info.txt").write_text(
        "ID  AGE  GENDER  ACCENTS  REGION\n225  23  F    English    Southern  England\n"
        "226  22  M    Welsh    Cardiff\n"
    )
    prepare_vctk(tmp_path / "corpus", tmp_path / "manifests")
    prepared = vox.load_corpus(tmp_path / "manifests")
    unzipped = vox.load_corpus(tmp_path / "corpus")
    for corpus in (prepared, unzipped):
        assert not corpus.problems
    for one, other in zip(prepared.recordings, unzipped.recordings, strict=True):
        assert one.file == Path(other.file).stem
        assert (one.labels, one.text) == (other.labels, other.text)
        assert np.array_equal(prepared.pcm(one), unzipped.pcm(other))
    assert prepared.recordings[2].labels == {
        "speaker": "p226",
        "birthplace": "Welsh",
        "sex": "male",
    }


def test_what_lhotse_prepares_of_librispeech(write, tmp_path):
    from lhotse.recipes import prepare_librispeech

    for part, speaker in (("dev-clean", "84"), ("test-other", "367")):
        lines = []
        for i in range(2):
            id = f"{speaker}-121123-000{i}"
            write(f"{part}/{speaker}/121123/{id}.flac", tone(100 + int(speaker), 1.2 + i))
            lines.append(f"{id} SENTENCE {i} OF {speaker}\n")
        text = tmp_path / "corpus" / part / speaker / "121123" / f"{speaker}-121123.trans.txt"
        text.write_text("".join(lines))
    prepare_librispeech(tmp_path / "corpus", output_dir=tmp_path / "manifests")
    assert len(list((tmp_path / "manifests").iterdir())) == 4
    corpus = vox.load_corpus(tmp_path / "manifests")
    assert not corpus.problems
    assert corpus.counts("speaker") == {"367": 2, "84": 2}
    assert {r.file: r.text for r in corpus.recordings}["84-121123-0001"] == "SENTENCE 1 OF 84"
    assert len(corpus.pcm("84-121123-0001")) == 35_200


def test_what_lhotse_prepares_of_libritts(write, tmp_path):
    from lhotse.recipes import prepare_libritts

    root = tmp_path / "corpus"
    stem = "dev-clean/84/121123/84_121123"
    for i in range(2):
        write(f"{stem}_00000{i}_000000.wav", tone(150, 1.2, 24_000), 24_000)
    (root / f"{stem}.trans.tsv").write_text(
        "".join(f"84_121123_00000{i}_000000\tSaid {i}.\tsaid {i}\n" for i in range(2))
    )
    (root / f"{stem}.book.tsv").write_text(
        "".join(f"84_121123_00000{i}_000000\tSaid {i}.\t30.5\n" for i in range(2))
    )
    (root / "SPEAKERS.txt").write_text(";ID |SEX| SUBSET\n84 | F | dev-clean | 8.02 | Christie\n")
    prepare_libritts(root, dataset_parts="dev-clean", output_dir=tmp_path / "manifests")
    corpus = vox.load_corpus(tmp_path / "manifests")
    assert not corpus.problems
    assert [(r.labels, r.text) for r in corpus.recordings] == [
        ({"speaker": "84", "sex": "female"}, f"said {i}") for i in range(2)
    ]
    assert len(corpus.pcm(corpus.recordings[0])) == 19_200


def test_what_lhotse_prepares_of_common_voice(write, tmp_path):
    from lhotse.recipes import prepare_commonvoice

    folder = tmp_path / "corpus" / "ja"
    for part in ("train", "dev", "test"):
        lines = ["client_id\tpath\tsentence\tage\tgender\taccents\tvariant\tlocale"]
        for client, told in (("c1", "female_feminine\tKansai"), ("c2", "\t")):
            write(f"ja/clips/{part}_{client}.mp3", tone(150, 1.5, 32_000), 32_000)
            lines.append(f"{client}\t{part}_{client}.mp3\tはい。\t\t{told}\t\tja")
        (folder / f"{part}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    prepare_commonvoice(tmp_path / "corpus", tmp_path / "manifests", languages="ja")
    corpus = vox.load_corpus(tmp_path / "manifests")
    assert not corpus.problems
    assert corpus.counts("speaker") == {"c1": 3, "c2": 3}
    assert corpus.counts("birthplace") == {"": 3, "Kansai": 3}
    assert corpus.counts("sex") == {"": 3, "female": 3}
    assert {r.text for r in corpus.recordings} == {"はい。"}


def test_real_recordings_the_asterisk_voices(tmp_path):
    voices = sorted(ASTERISK.glob("*_*_[fm]_*"))
    if len(voices) < 2:
        pytest.skip("Debian's asterisk-core-sounds-en-wav and -fr-wav are not installed")
    recordings, supervisions = [], []
    for voice in voices:
        language, country, gender, name = voice.name.split("_", 3)
        files = sorted(voice.glob("*.wav"), key=lambda path: path.stat().st_size)[-4:]
        for path in files:
            id = f"{voice.name}-{path.stem}"
            recording = lhotse.Recording.from_file(path, recording_id=id)
            recordings.append(recording)
            for half in range(2):
                seconds = round(recording.duration / 2, 3)
                supervisions.append(
                    said(
                        f"{id}-{half}", id, half * seconds, seconds, gender=gender,
                        speaker=f"{name}-{language}", language=language,
                        custom={"country": country},
                    )
                )  # fmt: skip
    lhotse.RecordingSet.from_recordings(recordings).to_file(tmp_path / "recordings.jsonl.gz")
    lhotse.SupervisionSet.from_segments(supervisions).to_file(tmp_path / "supervisions.jsonl.gz")
    corpus = vox.load_corpus(tmp_path)
    assert not corpus.problems
    assert len(corpus.recordings) == len(voices) * 4 * 2
    assert len(corpus.counts("birthplace")) == len(voices)
    assert set(corpus.counts("sex")) <= {"female", "male"}
    for recording in recordings:
        whole = vox.audio.read(recording.sources[0].source, RATE)
        halves = [corpus.pcm(f"{recording.id}-{half}") for half in range(2)]
        joined = np.concatenate(halves)
        assert abs(len(joined) - len(whole)) <= 2 * RATE / 8_000 * 8
        # resampled apart, they differ at the seam and nowhere else
        middle, length = len(halves[0]), min(len(joined), len(whole))
        away = np.abs(np.arange(length) - middle) > 200
        assert np.abs(joined[:length] - whole[:length])[away][200:-200].max() < 5e-3
    assert len(Windows(corpus, 17152)) > len(voices)


def test_a_large_manifest_is_read_in_little_time_and_memory(tmp_path, monkeypatch):
    """Twenty thousand utterances; a million take fifty times as much and no more."""
    soundfile.write(tmp_path / "a.wav", ramp(4), RATE, subtype="FLOAT")
    one = lhotse.Recording.from_file(tmp_path / "a.wav").to_dict()
    with (
        open(tmp_path / "recordings.jsonl", "w") as recordings,
        open(tmp_path / "supervisions.jsonl", "w") as supervisions,
    ):
        for i in range(20_000):
            recordings.write(json.dumps({**one, "id": f"r{i}"}) + "\n")
            told = said(f"u{i}", f"r{19_999 - i}", 0, 4, speaker=f"s{i % 50}").to_dict()
            supervisions.write(json.dumps(told) + "\n")
    code = (
        "import resource, sys, time, lhotse\n"
        "from pathlib import Path\nfrom vox.corpus.folder import scan\n"
        "def now(): return int(open('/proc/self/statm').read().split()[1]) * 4096\n"
        "before, start = now(), time.process_time()\n"
        "found = scan(Path(sys.argv[1]))\n"
        "print(len(found.recordings), now() - before, time.process_time() - start)\n"
    )
    if sys.platform != "linux":
        pytest.skip("reads /proc")
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    count, memory, seconds = map(float, done.stdout.split())
    assert count == 20_000
    assert memory / count < 5_000  # bytes
    assert seconds / count < 1e-3
