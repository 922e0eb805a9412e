import errno
import json
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from conftest import tone

import vox
from vox.corpus import store
from vox.corpus.rows import RowStore
from vox.corpus.windows import Windows


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("VOX_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def folder_of(write, count=6):
    for i in range(count):
        path = write(f"ada/{i}.wav", tone(150 + 10 * i, 1.2))
    return path.parent.parent


def test_pcm_is_mapped_and_equal_to_the_file(write, own_cache):
    corpus = vox.load_corpus(folder_of(write))
    pcm = corpus.pcm("ada/3.wav")
    assert isinstance(pcm.base, np.memmap) or isinstance(pcm, np.memmap)
    assert np.allclose(pcm, tone(180, 1.2), atol=1e-4)


def test_decoding_happens_once(write, own_cache, monkeypatch):
    folder = folder_of(write)
    first = vox.load_corpus(folder)
    monkeypatch.setattr(store, "pieces", lambda *a, **k: pytest.fail("decoded again"))
    second = vox.load_corpus(folder)
    assert second.fingerprint == first.fingerprint
    assert np.array_equal(second.pcm("ada/0.wav"), first.pcm("ada/0.wav"))


def test_one_bad_file_does_not_stop_the_rest_and_notes_are_told_again(write, own_cache):
    folder = folder_of(write)
    write("ada/anti.wav", tone(200, 1.2)[:, None] * [1, -1])
    damaged = tone(200, 40)
    damaged[16_000 * 39] = np.nan  # found when most of it was written
    write("ada/nan.wav", damaged, subtype="FLOAT")
    odd = write("ada/odd.wav", tone(200, 1.2))
    data = bytearray(odd.read_bytes())
    at = data.index(b"fmt ") + 12
    data[at : at + 4] = (2**31 - 1).to_bytes(4, "little")
    odd.write_bytes(data)
    (folder / "metadata.csv").unlink(missing_ok=True)
    for _ in range(2):  # decoded, then from the store
        corpus = vox.load_corpus(folder)
        assert {p.where: p.reason.split(",")[0] for p in corpus.problems} == {
            "ada/nan.wav": "NaN or infinite sample",
            "ada/odd.wav": "its header tells 2147483647 Hz",
        }
        assert corpus.notes == (
            "ada/anti.wav: its 2 channels cancel each other out: their mean is silence",
        )
        for i in range(6):
            assert np.allclose(corpus.pcm(f"ada/{i}.wav"), tone(150 + 10 * i, 1.2), atol=1e-4)


def test_a_long_file_is_decoded_in_flat_memory(write, own_cache):
    """Five minutes of six channels: 320 MB as a whole."""
    import soundfile

    path = write("ada/long.flac", tone(200, 1, 44_100), 44_100)
    with soundfile.SoundFile(path, "w", 44_100, 6) as file:
        for _ in range(300):
            file.write(np.tile(tone(200, 1, 44_100)[:, None], 6))
    tracemalloc.start()  # numpy's arrays count
    try:
        corpus = vox.load_corpus(path.parent.parent)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert corpus.seconds(corpus.recordings[0]) == pytest.approx(300)
    assert most < 40e6


def test_an_interrupted_build_goes_on_where_it_was(write, own_cache, monkeypatch):
    folder = folder_of(write)
    pieces, decoded = store.pieces, []

    def interrupted(path, rate, notes):
        sound = pieces(path, rate, notes=notes)
        if len(decoded) == 4:
            yield next(sound)
            raise KeyboardInterrupt  # within a recording
        decoded.append(path)
        yield from sound

    monkeypatch.setattr(store, "pieces", interrupted)
    with pytest.raises(KeyboardInterrupt):
        vox.load_corpus(folder)
    (part,) = own_cache.glob("pcm/*/rows.f32")
    with open(part, "ab") as file:  # a kill while writing leaves half a recording
        file.write(b"\0" * 1001)
    decoded.clear()
    monkeypatch.setattr(
        store, "pieces", lambda p, r, notes: decoded.append(p) or pieces(p, r, notes=notes)
    )
    corpus = vox.load_corpus(folder)
    assert len(decoded) == 2
    for i in range(6):
        assert np.allclose(corpus.pcm(f"ada/{i}.wav"), tone(150 + 10 * i, 1.2), atol=1e-4)


def test_fingerprint_follows_sound_labels_and_split_only(write, own_cache, tmp_path):
    folder = folder_of(write, 2)
    metadata = folder / "metadata.csv"

    def fingerprint(rows):
        metadata.write_text("file_name,speaker,split\n" + rows)
        return vox.load_corpus(folder).fingerprint

    rows = "ada/0.wav,ada,train\nada/1.wav,ada,test\n"
    original = fingerprint(rows)
    assert fingerprint("ada/1.wav,ada,test\nada/0.wav,ada,train\n") == original
    assert fingerprint(rows.replace("ada,train", "eve,train")) != original
    assert fingerprint(rows.replace("test", "train")) != original
    moved = tmp_path / "moved"
    folder.rename(moved)
    (moved / "metadata.csv").write_text("file_name,speaker,split\n" + rows)
    assert vox.load_corpus(moved).fingerprint == original
    write("../moved/ada/0.wav", tone(333, 1.2))
    assert vox.load_corpus(moved).fingerprint != original


def test_a_damaged_store_is_made_again(write, own_cache):
    folder = folder_of(write, 2)
    before = vox.load_corpus(folder).pcm("ada/1.wav").copy()
    (pcm,) = own_cache.glob("pcm/*/rows.f32")
    pcm.write_bytes(pcm.read_bytes()[:1000])
    assert np.array_equal(vox.load_corpus(folder).pcm("ada/1.wav"), before)


def test_a_full_disk_says_what_to_do(write, own_cache, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    folder = folder_of(write, 1)
    monkeypatch.setattr(RowStore, "_completed", full)
    with pytest.raises(vox.VoxError, match=r"disk is full.*VOX_CACHE"):
        vox.load_corpus(folder)


def test_a_cache_that_cannot_be_written_says_what_to_do(write, tmp_path, monkeypatch):
    folder = folder_of(write, 1)
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("VOX_CACHE", str(tmp_path / "file"))
    with pytest.raises(vox.VoxError, match=r"cannot be written.*VOX_CACHE"):
        vox.load_corpus(folder)


def test_resident_memory_stays_below_the_corpus(write, own_cache):
    """Windows of a mapped store touch the pages they need, not the whole of it."""
    rng = np.random.default_rng(0)
    for i in range(8):
        noise = rng.uniform(-0.3, 0.3, 16_000 * 120).astype(np.float32)
        folder = write(f"ada/{i}.wav", noise, subtype="FLOAT").parent.parent
    vox.load_corpus(folder)
    code = (
        "import json, sys, vox, resource\n"
        "def now(): return int(open('/proc/self/statm').read().split()[1]) * 4096\n"
        "corpus = vox.load_corpus(sys.argv[1]); before = now()\n"
        "total = sum(corpus.seconds(r) for r in corpus.recordings) * 64000\n"
        "x = [corpus.pcm(r)[1000:18152].sum() for r in corpus.recordings]\n"
        "print(json.dumps([now() - before, total]))\n"
    )
    if sys.platform != "linux":
        pytest.skip("reads /proc")
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
    )
    grown, total = json.loads(done.stdout)
    assert grown < total / 4


@pytest.mark.parametrize(
    "told", ["[]", "1", '{"ada/0.wav": 3}', '{"ada/0.wav": [1, 2]}', "[" * 9999]
)
def test_a_damaged_memory_of_digests_heals(write, own_cache, told):
    folder = folder_of(write, 2)
    before = vox.load_corpus(folder)
    (memory,) = own_cache.glob("digests/*.json")
    kept = memory.read_text()
    memory.write_text(told)
    assert vox.load_corpus(folder).fingerprint == before.fingerprint
    assert memory.read_text() == kept


@pytest.mark.parametrize("line", ["[]", "{}", '["x", 0, -5]', '["x", 1e3, 5]', "null", "[" * 9999])
def test_a_damaged_journal_heals(write, own_cache, line):
    folder = folder_of(write, 3)
    before = vox.load_corpus(folder)
    (journal,) = own_cache.glob("pcm/*/journal.jsonl")
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text(lines[0] + line + "\n" + lines[2])
    after = vox.load_corpus(folder)
    for i in range(3):
        assert np.array_equal(before.pcm(f"ada/{i}.wav"), after.pcm(f"ada/{i}.wav"))
    assert journal.read_text() == "".join(lines)


def test_a_damaged_table_of_windows_heals(write, own_cache):
    corpus = vox.load_corpus(folder_of(write, 3))
    before = Windows(corpus, 8000)
    (path,) = corpus.store.folder.glob("windows-8000.npz")
    with np.load(path) as kept:
        good = dict(kept)
    for name, wrong in (
        ("runs", good["runs"] + 10**6), ("runs", good["runs"][:, :1]), ("runs", good["runs"] - 5),
        ("runs", good["runs"][:, ::-1]), ("runs", good["runs"].astype(float)),
        ("counts", good["counts"] + 1), ("digests", np.arange(3)), ("counts", np.array("x")),
    ):  # fmt: skip
        np.savez(path, **(good | {name: wrong}))
        assert Windows(corpus, 8000).draw(0, 0, 9)[1].tolist() == before.draw(0, 0, 9)[1].tolist()


def test_a_complete_cache_serves_though_it_cannot_be_written(write, own_cache, monkeypatch):
    """Also what another user loads for the first time, such as the same sounds elsewhere."""
    folder = folder_of(write, 2)
    before = Windows(vox.load_corpus(folder), 8000)

    def refused(*arguments, **more):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("vox.files.part_of", refused)
    monkeypatch.setattr("vox.corpus.rows.FileLock", refused)
    monkeypatch.setattr("pathlib.Path.mkdir", refused)
    assert Windows(vox.load_corpus(folder), 8000).counts == before.counts
    folder = folder.rename(folder.with_name("elsewhere"))
    assert Windows(vox.load_corpus(folder), 8000).counts == before.counts
    assert Windows(vox.load_corpus(folder), 4000).counts  # nothing kept of these


def test_two_processes_on_a_cold_cache_get_the_same_and_one_waits(write, own_cache):
    folder = folder_of(write, 4)
    code = (
        "import sys, time, vox\nfrom vox.corpus import store\npieces = store.pieces\n"
        "store.pieces = lambda *a, **k: time.sleep(1) or pieces(*a, **k)\n"
        "corpus = vox.load_corpus(sys.argv[1])\n"
        "print(corpus.fingerprint, corpus.pcm('ada/3.wav').sum())\n"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]  # fmt: skip
    said = [process.communicate(timeout=120) for process in both]
    assert said[0][0] == said[1][0] != ""
    assert sum("waiting for another process" in error for _, error in said) == 1


def test_what_a_killed_writer_left_in_the_store_is_swept(write, own_cache):
    folder = folder_of(write, 2)
    left = vox.load_corpus(folder).store.folder / "windows-8000.npz.0123abcd.part"
    left.write_bytes(b"half")
    (left.parent / "journal.jsonl").write_text("")
    vox.load_corpus(folder)
    assert not left.exists()
