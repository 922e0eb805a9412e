import os

import numpy as np
import pytest
from conftest import tone

import vox
from vox import VoxError
from vox.cli import main
from vox.corpus.windows import Windows


def reasons(corpus):
    return {problem.where: problem.reason for problem in corpus.problems}


def test_without_metadata_the_first_folder_level_names_the_speaker(write):
    for name in ("ada/one.wav", "ada/deep/two.flac", "bob/one.ogg", "loose.wav"):
        folder = write(name, tone(200, 1.5))
    (folder.parent / "ada" / "notes.txt").write_text("no sound")
    corpus = vox.load_corpus(folder.parent)
    assert [(r.file, r.labels) for r in corpus.recordings] == [
        ("ada/deep/two.flac", {"speaker": "ada"}),
        ("ada/one.wav", {"speaker": "ada"}),
        ("bob/one.ogg", {"speaker": "bob"}),
    ]
    assert str(corpus.labels) == "2 speaker"
    assert "no speaker" in reasons(corpus)["loose.wav"]
    assert any("1 .txt" in note for note in corpus.notes)


def test_metadata_labels_groups_and_leaves_empty_ones_unlabelled(write):
    for name in ("a.wav", "b.wav"):
        folder = write(name, tone(200, 1.5, 44_100), 44_100).parent
    (folder / "metadata.csv").write_text(
        "\ufefffile_name,speaker,birthplace,sex,text,split,language\n"
        'a.wav,ada,osaka,female,"one, two",train,English\nb.wav,,kyoto,,,test,?\n',
        encoding="utf-8",
    )
    corpus = vox.load_corpus(folder)
    one, other = corpus.recordings
    assert (one.labels, one.text, one.split) == (
        {"speaker": "ada", "birthplace": "osaka", "sex": "female"},
        "one, two",
        "train",
    )
    assert (other.labels, other.split) == ({"birthplace": "kyoto"}, "test")
    assert (one.language, other.language) == ("en", "")
    assert corpus.labels.index(**other.labels).tolist() == [-1, 0, -1]
    assert len(corpus.pcm(one)) == 24_000
    assert corpus.counts("speaker") == {"": 1, "ada": 1}


def test_bad_files_and_rows_are_listed_and_left_out(write):
    good = write("good.wav", tone(200, 1.5))
    folder = good.parent
    (folder / "text.wav").write_text("not a sound")
    (folder / "empty.wav").write_bytes(b"")
    broken = tone(200, 1.5)
    broken[100] = np.nan
    write("nan.wav", broken, subtype="FLOAT")
    write("unlisted.wav", tone(200, 1.5))
    write("short.wav", tone(200, 0.3))
    write("silent.wav", np.zeros(24_000, np.float32))
    write("../outside.wav", tone(200, 1.5))
    (folder / "metadata.csv").write_text(
        "file_name,speaker,split\n"
        "good.wav,ada,train\ntext.wav,ada,\nempty.wav,ada,\nnan.wav,ada,\n"
        "short.wav,ada,train\nsilent.wav,ada,train\n"
        "gone.wav,ada,\n../outside.wav,ada,\n/etc/passwd,ada,\n"
        "good.wav,bob,\nunlabelled.wav,,\n,ada,\ngood.wav,ada,dev\n"
    )
    write("unlabelled.wav", tone(200, 1.5))
    corpus = vox.load_corpus(folder)
    found = reasons(corpus)
    expected = {
        "text.wav": "not audio",
        "empty.wav": "empty",
        "nan.wav": "NaN or infinite",
        "unlisted.wav": "without a row",
        "metadata.csv line 8 (gone.wav)": "without a file",
        "metadata.csv line 9 (../outside.wav)": "leaves the folder",
        "metadata.csv line 10 (/etc/passwd)": "leaves the folder",
        "metadata.csv line 11 (good.wav)": "a row already",
        "metadata.csv line 12 (unlabelled.wav)": "no label",
        "metadata.csv line 13": "no file_name",
        "metadata.csv line 14 (good.wav)": "a row already",
    }
    assert found.keys() == expected.keys()
    for where, reason in expected.items():
        assert reason in found[where]
    assert [r.file for r in corpus.recordings] == ["good.wav", "short.wav", "silent.wav"]
    windows = Windows(corpus, 17152)
    assert [r.file for r in windows.recordings] == ["good.wav"]
    left_out = {p.where: p.reason for p in windows.left_out}
    assert "too short: 0.30 s, a window is 1.07 s" in left_out["short.wav"]
    assert "silent" in left_out["silent.wav"]


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        (b"path,speaker\na.wav,ada\n", "no column file_name.*file_name, speaker"),
        (b"file_name;speaker\na.wav;ada\n", "separate the columns by commas"),
        (b"file_name,text\na.wav,hello\n", "no label column"),
        ("file_name,speaker\na.wav,\u00e9lise\n".encode("latin-1"), "not UTF-8"),
        (b'file_name,speaker\na.wav,"ada\n', "not a CSV file"),
        (b"", "no column file_name"),
    ],
)
def test_metadata_that_cannot_be_read_says_how_to_mend_it(write, metadata, message):
    folder = write("a.wav", tone(200, 1.5)).parent
    (folder / "metadata.csv").write_bytes(metadata)
    with pytest.raises(VoxError, match=message):
        vox.load_corpus(folder)


def test_unknown_columns_and_splits_are_told(write):
    folder = write("a.wav", tone(200, 1.5)).parent
    write("b.wav", tone(200, 1.5))
    (folder / "metadata.csv").write_text(
        "file_name,speaker,sexe,split\na.wav,ada,f,train\nb.wav,ada,f,tset\n"
    )
    corpus = vox.load_corpus(folder)
    assert any("did you mean 'sex'" in note for note in corpus.notes)
    assert "did you mean 'test'" in corpus.problems[0].reason


def test_odd_files_are_listed_and_never_stop_the_rest(write):
    folder = write("ada/a.wav", tone(200, 1.5)).parent.parent
    write("ada/copy.wav", tone(200, 1.5))
    (folder / "ada" / "headerless.raw").write_bytes(b"\0" * 4000)
    os.mkfifo(folder / "ada" / "pipe.wav")
    (folder / "ada" / "nowhere.wav").symlink_to(folder / "gone.wav")
    (folder / "ada" / os.fsdecode(b"\xff.wav")).write_bytes(b"x")
    (folder / "again").symlink_to(folder / "ada")
    corpus = vox.load_corpus(folder)
    assert [r.file for r in corpus.recordings] == ["ada/a.wav", "ada/copy.wav"]
    found = reasons(corpus)
    assert "no regular file" in found["ada/pipe.wav"]
    assert "no regular file" in found["ada/nowhere.wav"]
    assert [where for where in found if "not printable" in found[where]] == [r"'ada/\udcff.wav'"]
    notes = " ".join(corpus.notes)
    assert "1 .raw" in notes
    assert "again: the same folder" in notes
    assert "1 recordings have the same contents" in notes


def test_a_refused_row_does_not_use_up_its_file(write):
    folder = write("a.wav", tone(200, 1.5)).parent
    (folder / "metadata.csv").write_text("file_name,speaker,split\na.wav,x,some\na.wav,ada,train\n")
    corpus = vox.load_corpus(folder)
    assert [r.labels for r in corpus.recordings] == [{"speaker": "ada"}]


def test_splits_are_read_as_folders_of_that_name_are(write):
    told = {"a": "Train", "b": "dev", "c": "VALIDATION", "d": "test", "e": "nan", "f": "other"}
    for i, name in enumerate(told):
        folder = write(f"{name}.wav", tone(200 + 20 * i, 1.5)).parent
    rows = [f"{name}.wav,ada,{split}" for name, split in told.items()]
    (folder / "metadata.csv").write_text("\n".join(["file_name,speaker,split", *rows]))
    corpus = vox.load_corpus(folder)
    split = {r.file[0]: r.split for r in corpus.recordings}
    assert {name: split[name] for name in "abcd"} == dict.fromkeys("bcd", "test") | {"a": "train"}
    assert "e" in split
    assert "unknown split 'other'" in reasons(corpus)["metadata.csv line 7 (f.wav)"]


def test_labels_of_any_length_are_shown_short(write):
    folder = write("a.wav", tone(200, 1.5)).parent
    (folder / "metadata.csv").write_text(f"file_name,speaker\na.wav,{'s' * 5000}\n")
    assert len(str(vox.load_corpus(folder).table())) < 300


def test_nothing_usable_is_the_error_and_lists_why(write):
    folder = write("ada/a.wav", tone(200, 1.5)).parent.parent
    (folder / "ada" / "a.wav").write_text("not a sound")
    with pytest.raises(VoxError, match=r"nothing usable in it:\n  ada/a.wav: not audio"):
        vox.load_corpus(folder)


@pytest.mark.parametrize("kind", ["missing", "file", "empty"])
def test_a_path_that_is_no_corpus(tmp_path, kind):
    path = tmp_path / "corpus"
    if kind == "file":
        path.write_text("x")
    if kind == "empty":
        path.mkdir()
    message = {"missing": "no such folder", "file": "not a folder", "empty": "nothing usable"}
    with pytest.raises(VoxError, match=message[kind]):
        vox.load_corpus(path)


def test_links_are_followed_and_loops_end(write, tmp_path):
    target = write("../elsewhere/voice/a.wav", tone(200, 1.5)).parent
    folder = tmp_path / "corpus"
    folder.mkdir(exist_ok=True)
    (folder / "ada").symlink_to(target)
    (folder / "loop").symlink_to(folder)
    corpus = vox.load_corpus(folder)
    assert [r.file for r in corpus.recordings] == ["ada/a.wav"]


def test_without_a_split_some_recordings_of_a_larger_corpus_are_held_out(write):
    pcm = tone(200, 0.2)
    for i in range(64):
        folder = write(f"ada/{i}.wav", pcm).parent.parent
    corpus = vox.load_corpus(folder)
    assert 2 <= len(corpus.select("test")) <= 16
    again = vox.load_corpus(folder)
    assert corpus.select("test") == again.select("test")


def test_the_command_prints_what_is_in_a_folder_and_what_is_not_usable(write, capsys):
    folder = write("ada/a.wav", tone(200, 2.5)).parent.parent
    write("ada/b.wav", tone(200, 0.5))
    (folder / "ada" / "bad.wav").write_text("x")
    assert main(["corpus", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert "2 recordings" in printed
    assert "speaker  1          ada 2" in printed
    assert "ada/bad.wav: not audio" in printed
    assert "ada/b.wav: too short: 0.50 s" in printed
    assert "usable windows of 1.07 s" in printed


def test_the_command_says_what_is_wrong_in_a_line(tmp_path, capsys):
    assert main(["corpus", str(tmp_path / "nowhere")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_corpus_without_a_speaker_is_another():
    demo = vox.load_corpus("demo")
    left = demo.without(speaker="anika")
    assert len(left.recordings) == len(demo.recordings) - demo.counts("speaker")["anika"]
    assert "anika" not in left.labels.groups[0].classes
    assert left.fingerprint != demo.fingerprint
    assert left.without(speaker="victor").fingerprint != left.fingerprint
    assert np.array_equal(left.pcm(left.recordings[3]), demo.pcm(left.recordings[3]))
