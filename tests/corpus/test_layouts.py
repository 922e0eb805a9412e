"""VCTK and JVS in the layouts in which they unzip, made small."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest
from conftest import tone

import vox
from vox.cli import main


def text(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def by_file(corpus: vox.Corpus) -> dict:
    return {r.file: (r.labels, r.text) for r in corpus.recordings}


@pytest.fixture
def vctk(write, tmp_path):
    """0.92: two microphones; one speaker without the first, one without text, one untold."""
    for i, name in enumerate(
        (
            "p225/p225_001_mic1", "p225/p225_001_mic2", "p225/p225_002_mic1", "p225/p225_002_mic2",
            "p280/p280_001_mic1", "p226/p226_001_mic2", "p315/p315_001_mic1", "s5/s5_001_mic1",
        )
    ):  # fmt: skip
        write(f"wav48_silence_trimmed/{name}.flac", tone(100 + 20 * i, 1.2, 48_000), 48_000)
    root = tmp_path / "corpus"
    for name, said in (
        ("p225/p225_001", "Please call Stella.\n"),
        ("p225/p225_002", "Ask her to bring these things.\n"),
        ("p280/p280_001", "Please call Stella.\n"),
        ("p226/p226_001", "Please call Stella.\n"),
    ):
        text(root / "txt" / f"{name}.txt", said)
    text(
        root / "speaker-info.txt",
        "ID  AGE  GENDER  ACCENTS  REGION COMMENTS \n"
        "p225  23  F    English    Southern  England\n"
        "p226  22  M    NewZealand\n"
        "p280  25  F    Unknown    France (mic2 files unavailable)\n"
        "p315  18  M    (Text and mic2 files unavailable)\n",
    )
    text(root / "README.txt", "VCTK")
    return root


def test_vctk_has_speaker_sex_accent_text_and_one_microphone_a_sentence(vctk):
    corpus = vox.load_corpus(vctk)
    english = {"speaker": "p225", "sex": "female", "birthplace": "English"}
    stella = "Please call Stella."
    assert by_file(corpus) == {
        "wav48_silence_trimmed/p225/p225_001_mic1.flac": (english, stella),
        "wav48_silence_trimmed/p225/p225_002_mic1.flac": (
            english,
            "Ask her to bring these things.",
        ),
        "wav48_silence_trimmed/p226/p226_001_mic2.flac": (
            {"speaker": "p226", "sex": "male", "birthplace": "NewZealand"},
            stella,
        ),
        "wav48_silence_trimmed/p280/p280_001_mic1.flac": (
            {"speaker": "p280", "sex": "female"},
            stella,
        ),
        "wav48_silence_trimmed/p315/p315_001_mic1.flac": ({"speaker": "p315", "sex": "male"}, ""),
        "wav48_silence_trimmed/s5/s5_001_mic1.flac": ({"speaker": "s5"}, ""),
    }
    notes = " ".join(corpus.notes)
    assert "one microphone a sentence: mic1, and another in 1 sentences" in notes
    assert "1 speakers without a line" in notes
    assert not corpus.problems
    pcm = corpus.pcm("wav48_silence_trimmed/p225/p225_001_mic1.flac")
    assert len(pcm) == 19_200
    assert np.abs(pcm - tone(100, 1.2))[200:-200].max() < 1e-3  # and not the other microphone's


def test_a_folder_around_a_layout_changes_nothing(vctk, tmp_path):
    fingerprint = vox.load_corpus(vctk).fingerprint
    (tmp_path / "around" / "__MACOSX").mkdir(parents=True)
    vctk.rename(tmp_path / "around" / "VCTK-Corpus-0.92")
    assert vox.load_corpus(tmp_path / "around").fingerprint == fingerprint


def test_older_vctk_has_wav_files_and_ids_without_the_p(write, tmp_path):
    for name in ("p225/p225_001", "p225/p225_002", "p376/p376_295"):
        write(f"VCTK-Corpus/wav48/{name}.wav", tone(150, 1.2, 48_000), 48_000)
    root = tmp_path / "corpus" / "VCTK-Corpus"
    text(root / "txt" / "p225" / "p225_001.txt", "Please call Stella.")
    text(
        root / "speaker-info.txt",
        "ID  AGE  GENDER  ACCENTS  REGION\n225  23  F    English    Southern  England\n"
        "376  22  M    Indian\n",
    )
    corpus = vox.load_corpus(tmp_path / "corpus")
    english = {"speaker": "p225", "sex": "female", "birthplace": "English"}
    assert by_file(corpus) == {
        "wav48/p225/p225_001.wav": (english, "Please call Stella."),
        "wav48/p225/p225_002.wav": (english, ""),
        "wav48/p376/p376_295.wav": (
            {"speaker": "p376", "sex": "male", "birthplace": "Indian"},
            "",
        ),
    }
    assert not any("microphone" in note for note in corpus.notes)


def test_vctk_without_its_table_keeps_the_speakers(vctk):
    (vctk / "speaker-info.txt").unlink()
    corpus = vox.load_corpus(vctk)
    assert [group.name for group in corpus.labels.groups] == ["speaker"]
    assert any("no speaker-info.txt" in note for note in corpus.notes)


def test_damaged_files_of_a_layout_are_listed(vctk):
    (vctk / "wav48_silence_trimmed" / "p225" / "p225_001_mic1.flac").write_bytes(b"x")
    corpus = vox.load_corpus(vctk)
    assert [problem.where for problem in corpus.problems] == [
        "wav48_silence_trimmed/p225/p225_001_mic1.flac"
    ]
    assert len(corpus.recordings) == 5


@pytest.fixture
def jvs(write, tmp_path):
    for i, name in enumerate(
        (
            "jvs001/parallel100/VOICEACTRESS100_001", "jvs002/parallel100/VOICEACTRESS100_001",
            "jvs001/nonpara30/BASIC5000_0025", "jvs001/whisper10/VOICEACTRESS100_001",
            "jvs001/falset10/VOICEACTRESS100_002", "jvs003/nonpara30/TRAVEL1000_0101",
        )
    ):  # fmt: skip
        part, sentence = name.rsplit("/", 1)
        file = f"jvs_ver1/{part}/wav24kHz16bit/{sentence}.wav"
        write(file, tone(100 + 20 * i, 1.2, 24_000), 24_000)
    root = tmp_path / "corpus" / "jvs_ver1"
    said = "VOICEACTRESS100_001:また、東寺のように。\nVOICEACTRESS100_002:ニューイングランド風。\n"
    text(root / "jvs001" / "parallel100" / "transcripts_utf8.txt", said)
    text(root / "jvs002" / "parallel100" / "transcripts_utf8.txt", said)
    text(
        root / "jvs001" / "nonpara30" / "transcripts_utf8.txt",
        "BASIC5000_0025:水をマレーシアから買わなくてはならないのです。\n",
    )
    text(
        root / "gender_f0range.txt",
        "speaker Male_or_Female minf0[Hz] maxf0[Hz]\njvs001 M 70 250\njvs002 F 120 460\n",
    )
    return root


def test_jvs_has_speaker_sex_and_text_and_no_whispers(jvs):
    corpus = vox.load_corpus(jvs.parent)
    male, female = {"speaker": "jvs001", "sex": "male"}, {"speaker": "jvs002", "sex": "female"}
    assert by_file(corpus) == {
        "jvs001/nonpara30/wav24kHz16bit/BASIC5000_0025.wav": (
            male,
            "水をマレーシアから買わなくてはならないのです。",
        ),
        "jvs001/parallel100/wav24kHz16bit/VOICEACTRESS100_001.wav": (male, "また、東寺のように。"),
        "jvs002/parallel100/wav24kHz16bit/VOICEACTRESS100_001.wav": (
            female,
            "また、東寺のように。",
        ),
        "jvs003/nonpara30/wav24kHz16bit/TRAVEL1000_0101.wav": ({"speaker": "jvs003"}, ""),
    }
    notes = " ".join(corpus.notes)
    assert "another way of speaking, left out: 1 of whisper10, 1 of falset10" in notes
    assert "1 speakers without a line" in notes
    assert len(corpus.pcm(corpus.recordings[0])) == 19_200
    assert vox.load_corpus(jvs).fingerprint == corpus.fingerprint


def test_metadata_comes_before_a_layout(jvs):
    file = "jvs001/whisper10/wav24kHz16bit/VOICEACTRESS100_001.wav"
    with open(jvs / "metadata.csv", "w", newline="", encoding="utf-8") as table:
        csv.writer(table).writerows([("file_name", "speaker"), (file, "somebody")])
    corpus = vox.load_corpus(jvs)
    assert by_file(corpus) == {file: ({"speaker": "somebody"}, "")}


def test_speakers_who_are_called_like_a_layout_are_not_one(write):
    for name in ("jvs001/a.wav", "txt/b.wav", "wav48/c.wav", "nonpara30/d.wav"):
        folder = write(name, tone(150, 1.2)).parent.parent
    (folder / "txt" / "b.wav").rename(folder / "txt.wav")
    (folder / "txt").rmdir()
    corpus = vox.load_corpus(folder)
    assert {r.labels["speaker"] for r in corpus.recordings} == {"jvs001", "wav48", "nonpara30"}


def test_the_command_says_which_layout_it_read(jvs, capsys):
    assert main(["corpus", str(jvs)]) == 0
    printed = capsys.readouterr().out
    assert "note: read as JVS" in printed
    assert re.search(r"speaker +3 +jvs001 2, jvs002 1, jvs003 1\n", printed)
