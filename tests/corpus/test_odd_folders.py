"""Folders as people bring them: names, hidden files, splits, tables, speakers with little."""

import os
import unicodedata

import pytest
from conftest import tone

import vox
from vox.cli import main

NFD = unicodedata.normalize("NFD", "がく")
NFC = "がく"
SOUND = tone(200, 1.5)


def reasons(corpus):
    return {problem.where: problem.reason for problem in corpus.problems}


def refuse(monkeypatch, *folders):
    """Make folders unreadable, for root too, whom permissions do not stop."""
    scandir = os.scandir

    def guarded(path="."):
        if os.path.basename(os.fspath(path)) in folders:
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)


def test_a_name_is_the_same_however_it_is_composed(write, tmp_path):
    write(f"{NFD}.wav", SOUND)
    folder = write("b.wav", tone(300, 1.5)).parent
    (folder / "metadata.csv").write_text(f"file_name,speaker,text\n{NFC}.wav,{NFD},{NFD}\nb.wav,v,")
    corpus = vox.load_corpus(folder)
    assert [(r.file, r.labels["speaker"]) for r in corpus.recordings] == [
        ("b.wav", "v"),
        (f"{NFC}.wav", NFC),
    ]
    assert corpus.recordings[1].text == NFC
    assert not corpus.problems
    assert len(corpus.pcm(f"{NFD}.wav")) == len(SOUND)
    assert corpus.select(speaker=NFD) == corpus.select(speaker=NFC) != ()


def test_folders_that_differ_in_how_they_are_composed_are_one_speaker(write):
    write(f"{NFD}/a.wav", SOUND)
    folder = write(f"{NFC}/b.wav", tone(300, 1.5)).parent.parent
    write(f"{NFC}/a.wav", tone(400, 1.5))
    corpus = vox.load_corpus(folder)
    assert corpus.counts("speaker") == {NFC: 2}
    assert [problem.reason for problem in corpus.problems] == [
        "its name is another's, composed in another way (NFC, NFD); rename one"
    ]


def test_any_space_and_joined_emoji_are_printable(write):
    names = (
        "山田　太郎/一　回目.wav",
        "ann\u00a0x/a.wav",
        "vic/b\u202f2.wav",
        "ann👩\u200d🎤/a.wav",
    )
    for i, name in enumerate(names):
        write(name, tone(200 + i, 1.5))
    folder = write("plain/a.wav", SOUND).parent.parent
    corpus = vox.load_corpus(folder)
    assert {r.file for r in corpus.recordings} == {*names, "plain/a.wav"}
    assert not corpus.problems
    (folder / "metadata.csv").write_text(f"file_name,speaker\n{names[0]},山田\nplain/a.wav,vic\n")
    corpus = vox.load_corpus(folder)
    assert len(corpus.recordings) == 2
    assert {p.reason for p in corpus.problems} == {"a file without a row in metadata.csv"}
    assert len(corpus.problems) == 3


def test_nothing_that_a_terminal_obeys_is_printed(write, capsys):
    folder = write("a.wav", SOUND).parent
    write("b.wav", tone(300, 1.5))
    write("c\x1b[2J.wav", tone(400, 1.5))
    (folder / "metadata.csv").write_text(
        "file_name,speaker,birth\x1b[31m\na.wav,ann\x1b[31mred,\nb.wav,vic\u202etxt,\n\x1b]0;x,v,\n"
    )
    assert main(["corpus", str(folder)]) == 0
    printed = "".join(capsys.readouterr())
    assert all(c.isprintable() or c == "\n" for c in printed)
    assert r"ann\x1b[31mred" in printed
    assert main(["train", "cfcefd21", "--corpus", str(folder / "\x1b[2Jnone")]) == 1
    assert "\x1b" not in capsys.readouterr().err
    corpus = vox.load_corpus(folder)
    assert corpus.select(speaker="ann\x1b[31mred") == corpus.select(speaker=r"ann\x1b[31mred")
    with pytest.raises(vox.VoxError, match="unknown speaker") as caught:
        corpus.select(speaker="x" * 5000)
    assert len(str(caught.value)) < 400


def test_hidden_and_system_files_are_passed_over_and_told(write, tmp_path):
    folder = write("ann/a.wav", SOUND).parent.parent
    for name in ("ann/._a.wav", "__MACOSX/ann/a.wav", ".ipynb_checkpoints/a-checkpoint.wav"):
        write(name, tone(300, 1.5))
    write("ann/folder.wav/b.wav", tone(400, 1.5))
    (folder / "ann" / "c.txt").write_text("x")
    corpus = vox.load_corpus(folder)
    assert [r.file for r in corpus.recordings] == ["ann/a.wav", "ann/folder.wav/b.wav"]
    assert not corpus.problems
    assert [n for n in corpus.notes if "passed over" in n] == [
        "passed over, as hidden or not audio by their name: 1 .txt, 3 hidden"
    ]


def test_a_folder_that_cannot_be_read_is_told(write, monkeypatch, capsys):
    for name in ("ann/a.wav", "bob/b.wav", "secret/c.wav"):
        folder = write(name, SOUND).parent.parent
    refuse(monkeypatch, "secret")
    assert reasons(vox.load_corpus(folder)) == {"secret": "cannot be read: Permission denied"}
    assert main(["corpus", str(folder)]) == 0
    assert "secret: cannot be read: Permission denied" in capsys.readouterr().out
    refuse(monkeypatch, "corpus")
    with pytest.raises(vox.VoxError, match="cannot be read: Permission denied"):
        vox.load_corpus(folder)


def test_a_folder_of_a_known_layout_that_cannot_be_read_is_told(write, monkeypatch, tmp_path):
    for speaker in ("p225", "p226"):
        write(f"wav48/{speaker}/{speaker}_001.wav", tone(200, 1.5, 48_000), 48_000)
    (tmp_path / "corpus" / "txt").mkdir()
    refuse(monkeypatch, "p226")
    monkeypatch.setattr(os, "listdir", lambda path: [e.name for e in os.scandir(path)])
    corpus = vox.load_corpus(tmp_path / "corpus")
    assert reasons(corpus) == {"wav48/p226": "cannot be read: Permission denied"}


@pytest.mark.parametrize("other", ["test", "Dev", "test-clean"])
def test_splits_with_speakers_below_are_recognised(write, other):
    for i, name in enumerate(("train/ann/a.wav", "train/bob/b.wav", f"{other}/ann/c.wav")):
        folder = write(name, tone(200 + 50 * i, 1.5)).parents[2]
    write("train/loose.wav", SOUND)
    corpus = vox.load_corpus(folder)
    assert {r.file: (r.labels["speaker"], r.split) for r in corpus.recordings} == {
        "train/ann/a.wav": ("ann", "train"),
        "train/bob/b.wav": ("bob", "train"),
        f"{other}/ann/c.wav": ("ann", "test"),
    }
    assert "train/SPEAKER" in reasons(corpus)["train/loose.wav"]
    assert any("read as splits" in note for note in corpus.notes)


def test_a_speaker_called_like_a_split_stays_one_beside_others(write):
    for name in ("train/a.wav", "ann/deep/b.wav"):
        folder = write(name, SOUND).parents[len(name.split("/")) - 1]
    assert set(vox.load_corpus(folder).counts("speaker")) == {"ann", "train"}


def test_the_only_recording_of_a_speaker_is_trained_on(write):
    for i in range(40):
        folder = write(f"s{i:02}/a.wav", tone(150 + 5 * i, 1.2)).parent.parent
    corpus = vox.load_corpus(folder)
    assert len(corpus.select("train")) == 40
    assert any("the only ones of a class" in note for note in corpus.notes)
    rows = [f"s{i:02}/a.wav,s{i:02},{'test' if i < 3 else 'train'}" for i in range(40)]
    (folder / "metadata.csv").write_text("\n".join(["file_name,speaker,split", *rows]))
    assert len(vox.load_corpus(folder).select("test")) == 3  # what its owner wrote stays


def test_what_there_is_nothing_to_train_on_is_told_and_not_converted_to(
    write, tiny, tmp_path, capsys
):
    for i, speaker in enumerate(("ann", "bob", "eve")):
        folder = write(f"{speaker}.wav", tone(200 + 50 * i, 1.5)).parent
    write("short.wav", tone(200, 0.3))
    (folder / "metadata.csv").write_text(
        "file_name,speaker,split\nann.wav,ann,train\nbob.wav,bob,train\n"
        "eve.wav,eve,test\nshort.wav,zoe,train\n"
    )
    assert main(["corpus", str(folder)]) == 0
    assert "note: nothing to train on of 2 speaker: eve, zoe" in capsys.readouterr().out
    run = vox.train(
        tiny.replace(epochs=1), vox.load_corpus(folder), "cpu", "page", directory=tmp_path / "runs"
    )
    assert "nothing to train on of 2 speaker: eve, zoe" in capsys.readouterr().err
    assert len(run.convert(SOUND, speaker="bob")) == len(SOUND)
    with pytest.raises(vox.VoxError, match=r"'eve': none of its recordings.*trained on: ann, bob"):
        run.convert(SOUND, speaker="eve")
    assert main(["convert", str(folder / "ann.wav"), "-o", str(tmp_path / "o.wav"), "--run",
                 str(run.folder), "--speaker", "zoe"]) == 1  # fmt: skip


def test_one_speaker_alone_or_nothing_usable_has_its_exit_status(write, tmp_path, capsys):
    folder = write("ann/a.wav", SOUND).parent.parent
    assert main(["corpus", str(folder)]) == 0
    assert "nobody to convert to" in capsys.readouterr().out
    words = ["--directory", str(tmp_path / "runs"), "--profile", "demo", "--device", "cpu"]
    assert main(["train", "cfcefd21", "--corpus", str(folder), *words]) == 1
    assert "needs recordings of two speakers" in capsys.readouterr().err
    write("ann/a.wav", tone(200, 0.5))
    assert main(["corpus", str(folder)]) == 1
    told = capsys.readouterr()
    assert "too short" in told.out
    assert "nothing to train on" in told.err


@pytest.mark.parametrize(
    ("table", "labels"),
    [
        ("file_name,speaker\na/a.wav,ann,,\nb/b.wav,vic,,\n,,,\n", ("ann", "vic")),
        ("file_name,speaker,,\na/a.wav,ann,,\nb/b.wav,vic,,\n", ("ann", "vic")),
        ("file_name,speaker\na\\a.wav,ann\n.\\b\\b.wav,vic\n", ("ann", "vic")),
        ("file_name,speaker,sex\na/a.wav,ann,female\nb/b.wav,vic,F\n", ("ann", "vic")),
        ("file_name,speaker,sex\na/a.wav,ann,unknown\nb/b.wav,vic,nan\n", ("ann", "vic")),
    ],
    ids=["surplus", "empty columns", "backslashes", "F", "unknown"],
)
def test_tables_as_programs_write_them(write, table, labels):
    write("a/a.wav", SOUND)
    folder = write("b/b.wav", tone(300, 1.5)).parent.parent
    (folder / "metadata.csv").write_text(table)
    corpus = vox.load_corpus(folder)
    assert not corpus.problems
    assert tuple(r.labels["speaker"] for r in corpus.recordings) == labels
    if "sex" in table:
        assert [r.labels.get("sex") for r in corpus.recordings] == (
            ["female"] * 2 if "F\n" in table else [None] * 2
        )
    if "nan" in table:
        assert "1 nan, 1 unknown" in "".join(corpus.notes).replace("nan 1", "1 nan").replace(
            "unknown 1", "1 unknown"
        )


def test_two_columns_of_one_name_are_an_error(write):
    folder = write("a.wav", SOUND).parent
    (folder / "metadata.csv").write_text("file_name,speaker,speaker\na.wav,ann,x\n")
    with pytest.raises(vox.VoxError, match="2 columns are named speaker"):
        vox.load_corpus(folder)


def test_rows_that_make_no_sense_are_listed_in_short(write, capsys):
    folder = write("a.wav", SOUND).parent
    write("b.wav", tone(300, 1.5))
    rows = [
        "a.wav,ann", f"{'x' * 5000}.wav,ann", f"b.wav,{'y' * 200_000},z", "b\0.wav,ann",
        "b.wav,a\0b", "C:\\sounds\\b.wav,ann", f"{'d/' * 2500}b.wav,ann", ".,ann",
    ]  # fmt: skip
    (folder / "metadata.csv").write_text("\n".join(["file_name,speaker", *rows]))
    corpus = vox.load_corpus(folder)
    assert [r.file for r in corpus.recordings] == ["a.wav"]
    assert len(corpus.problems) == len(rows) - 1
    assert all(len(str(problem)) < 500 for problem in corpus.problems)
    assert main(["corpus", str(folder)]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) < 500
