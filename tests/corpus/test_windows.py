import numpy as np
import pytest
import torch
from conftest import tone

import vox
from vox.audio import normalise, rms
from vox.corpus.silence import usable_starts
from vox.corpus.windows import Windows


def test_windows_are_normalised_and_labelled(two_speakers):
    windows = Windows(two_speakers, 17152)
    pcm, labels = windows.batch(0, 0, 8)
    assert pcm.shape == (8, 17152)
    assert torch.equal(pcm.amin(1), torch.full((8,), -1.0))
    assert torch.equal(pcm.amax(1), torch.full((8,), 1.0))
    assert labels.shape == (8, 2)


def test_an_epoch_is_one_window_a_recording(two_speakers):
    windows = Windows(two_speakers, 17152)
    for epoch in range(3):
        places, _ = windows.draw(0, 8 * epoch, 8)
        assert sorted(places) == list(range(8))


def test_minibatches_run_on_into_the_next_epoch(two_speakers):
    windows = Windows(two_speakers, 17152)
    together = torch.cat([windows.batch(0, i, 3)[0] for i in range(8)])
    assert torch.equal(together, windows.batch(0, 0, 24)[0])


def test_a_window_depends_on_seed_stream_and_position_alone(two_speakers):
    one, other = Windows(two_speakers, 17152, seed=5), Windows(two_speakers, 17152, seed=5)
    one.batch(3, 0, 40)
    assert torch.equal(one.batch(1, 7, 2)[0], other.batch(1, 7, 2)[0])
    assert not torch.equal(one.batch(1, 7, 2)[0], one.batch(2, 7, 2)[0])
    assert not torch.equal(one.batch(1, 7, 2)[0], Windows(two_speakers, 17152).batch(1, 7, 2)[0])


def test_silent_windows_are_drawn_again(write):
    pcm = np.zeros(16_000 * 6, np.float32)
    pcm[: 16_000 * 3] = tone(200, 3)
    # digital silence with a click: normalised, it sits at one end of [-1, 1]
    pcm[16_000 * 5] = 0.5
    folder = write("ada/a.wav", pcm, subtype="FLOAT").parent.parent
    write("bob/a.wav", pcm, subtype="FLOAT")
    (folder / "metadata.csv").write_text(
        "file_name,speaker,split\nada/a.wav,ada,train\nbob/a.wav,bob,train\n"
    )
    windows = Windows(vox.load_corpus(folder), 17152)
    pcm, _ = windows.batch(0, 0, 64)
    assert (pcm.square().mean(1).sqrt() <= 0.5).all()


def test_usable_starts_agree_with_normalising_each_window():
    rng = np.random.default_rng(1)
    pcm = np.concatenate([tone(150, 2), np.zeros(40_000), rng.uniform(-1, 1, 30_000) ** 5])
    pcm = (pcm + 0.1).astype(np.float32)
    pcm[50_000] = 1
    for length in (4000, 3001):
        runs = usable_starts(pcm, length)
        said = np.zeros(len(pcm) - length + 1, bool)
        for first, end in runs:
            said[first:end] = True
        checked = {*range(0, len(said), 97), *runs.flat, *(runs - 1).flat} - {-1, len(said)}
        for start in checked:
            window, level = normalise(pcm[start : start + length])
            assert said[start] == (level.half_range > 0 and rms(window) <= 0.5)
        assert 0 < said.sum() < len(said)


def test_usable_starts_do_not_depend_on_how_a_long_recording_is_cut_up(monkeypatch):
    rng = np.random.default_rng(1)
    pcm = (rng.uniform(-1, 1, 50_000) ** 5).astype(np.float32)
    pcm[10_000:14_000] = pcm[30_000:32_000] = 0
    pcm[[12_000, 31_000]] = 1
    whole = usable_starts(pcm, 1000)
    monkeypatch.setattr("vox.corpus.silence.PIECE", 777)
    assert np.array_equal(usable_starts(pcm, 1000), whole)
    assert len(whole) > 1
    assert usable_starts(pcm[:999], 1000).shape == (0, 2)


def test_what_is_thrown_away_for_clipping_is_not_called_silent(write):
    """Overdriven sound sits at both ends of [-1, 1], silence with a click at one."""
    write("ada/good.wav", tone(200, 2))
    write("ada/clipped.wav", np.clip(50 * tone(200, 2), -1, 1))
    click = np.zeros(32_000, np.float32)
    click[::8000] = 0.5
    folder = write("ada/click.wav", click).parent.parent
    rows = "".join(f"ada/{name}.wav,ada,train\n" for name in ("good", "clipped", "click"))
    (folder / "metadata.csv").write_text("file_name,speaker,split\n" + rows)
    windows = Windows(vox.load_corpus(folder), 17152)
    told = {problem.where: problem.reason for problem in windows.left_out}
    assert told.keys() == {"ada/clipped.wav", "ada/click.wav"}
    assert told["ada/clipped.wav"].startswith("clipped, or no speech")
    assert told["ada/click.wav"].startswith("silent")


def test_windows_are_drawn_evenly_from_all_usable_starts(write):
    """Two stretches of tone with a click in silence between them: 16,000 starts in each."""
    pcm = np.zeros(16_000 * 5, np.float32)
    pcm[:16_999], pcm[-16_999:] = tone(200, 1.0625)[:16_999], tone(90, 1.0625)[:16_999]
    pcm[40_000] = 0.5
    folder = write("ada/a.wav", pcm, subtype="FLOAT").parent.parent
    (folder / "metadata.csv").write_text("file_name,speaker,split\nada/a.wav,ada,train\n")
    windows = Windows(vox.load_corpus(folder), 1000)
    _, starts = windows.draw(0, 0, 4000)
    allowed = np.zeros(len(pcm), bool)
    for first, end in usable_starts(pcm, 1000):
        allowed[first:end] = True
    assert allowed[starts].all()
    expected = np.histogram(np.flatnonzero(allowed), 20, (0, len(pcm)))[0] / allowed.sum() * 4000
    found = np.histogram(starts, 20, (0, len(pcm)))[0]
    # within five standard deviations of a Poisson count, in every twentieth of the recording
    assert (np.abs(found - expected) <= 5 * np.sqrt(expected + 1)).all()
    assert (expected > 0).sum() >= 8


def test_a_damaged_table_of_windows_is_made_again(two_speakers):
    before = Windows(two_speakers, 17152)
    (table,) = two_speakers.store.folder.glob("windows-17152.npz")
    table.write_bytes(table.read_bytes()[:100])
    after = Windows(two_speakers, 17152)
    assert torch.equal(before.batch(0, 0, 8)[0], after.batch(0, 0, 8)[0])


def test_a_recording_that_never_gives_a_window_is_reported_not_looped_on(write):
    folder = write("ada/a.wav", tone(200, 2)).parent.parent
    click = np.zeros(32_000, np.float32)
    click[::8000] = 1
    write("ada/click.wav", click)
    (folder / "metadata.csv").write_text(
        "file_name,speaker,split\nada/a.wav,ada,train\nada/click.wav,ada,train\n"
    )
    windows = Windows(vox.load_corpus(folder), 17152)
    assert [p.where for p in windows.left_out] == ["ada/click.wav"]
    assert windows.counts == [2, 0]


def test_no_window_at_all_is_an_error_that_lists_reasons(write):
    folder = write("ada/a.wav", tone(200, 1)).parent.parent
    (folder / "metadata.csv").write_text("file_name,speaker,split\nada/a.wav,ada,train\n")
    with pytest.raises(vox.VoxError, match=r"no train recording.*ada/a.wav: too short: 1.00 s"):
        Windows(vox.load_corpus(folder), 17152)
