"""Statistics and the converter on a corpus of two tones: what is moved, and what is kept."""

import numpy as np
import pytest

import vox
from vox import VoxError
from vox.evaluation import judges, reconstruction_error


@pytest.fixture(scope="module")
def statistics(tmp_path_factory):
    """Trained, which is: counted, on the embedded corpus."""
    runs = tmp_path_factory.mktemp("runs")
    corpus = vox.load_corpus("demo")
    e = vox.experiment("3bd6b23a")
    return vox.train(e, corpus, "cpu", "demo", directory=runs), corpus


def test_statistics_train_nothing_and_are_found_again(statistics):
    run, corpus = statistics
    assert run.provenance["iterations"] == "0 of 0"
    again = vox.train(
        vox.experiment("3bd6b23a"), corpus, "cpu", "demo", directory=run.folder.parent
    )
    assert again.folder == run.folder


def test_pitch_moves_to_the_targets_mean_and_the_length_stays(statistics):
    run, corpus = statistics
    pcm = corpus.pcm(corpus.select("test", speaker="alex")[0])
    made = run.convert(pcm, speaker="anika")
    assert len(made) == len(pcm)
    heard = judges.mean_pitch(judges.pitch(made))
    wanted = np.mean(
        [judges.mean_pitch(judges.pitch(corpus.pcm(r))) for r in corpus.select(speaker="anika")[:4]]
    )
    before = judges.mean_pitch(judges.pitch(pcm))
    assert abs(heard - wanted) < 1 < abs(before - wanted)


def test_ones_own_statistics_change_little(statistics):
    run, corpus = statistics
    pcm = corpus.pcm(corpus.select("test", speaker="alex")[0])
    own = run.convert(pcm, speaker="alex")
    assert judges.similarity(judges.voice(own), judges.voice(pcm)) > 0.85


def test_a_target_without_a_speaker_is_told(statistics):
    run, corpus = statistics
    with pytest.raises(VoxError, match="which speaker"):
        run.convert(corpus.pcm(corpus.recordings[0])[:16_000], sex="female")


def test_silence_stays_silence(statistics):
    run, _ = statistics
    assert not run.convert(np.zeros(8000, np.float32), speaker="anika").any()


def test_a_converter_learns_and_repeats_to_the_bit(statistics, tmp_path):
    _, corpus = statistics
    e = vox.experiment("3cd41fe0").replace(width=1 / 8, epochs=3)
    runs = [vox.train(e, corpus, "cpu", "demo", directory=tmp_path / d) for d in "ab"]
    losses = [run.losses["reconstruction"] for run in runs]
    assert losses[0].equals(losses[1])
    assert losses[0].iloc[-5:].mean() < losses[0].iloc[:5].mean()
    pcm = corpus.pcm(corpus.select("test")[0])[:30_001]
    made = runs[0].convert(pcm, speaker="victor")
    assert len(made) == len(pcm)
    assert np.isfinite(made).all()


def test_a_representation_without_statistics_is_told(statistics, tmp_path):
    _, corpus = statistics
    e = vox.experiment("3bd6b23a").replace(representation=vox.experiment("cfcefd21").representation)
    with pytest.raises(VoxError, match="representation such as World"):
        vox.train(e, corpus, "cpu", "demo", directory=tmp_path)


def test_what_is_no_autoencoder_reconstructs_nothing(statistics):
    run, corpus = statistics
    with pytest.raises(VoxError, match="trains no autoencoder"):
        reconstruction_error(run, corpus)
