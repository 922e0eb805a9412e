"""A converter put to the test in a notebook: seeds, an unheard speaker, sounds of other kinds."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from IPython.display import clear_output

from vox.audio import Pcm, rms
from vox.corpus import Corpus
from vox.evaluation import Evaluation, judges
from vox.notebook.players import Players
from vox.notebook.scores import Note, absent
from vox.representation import Adjustment, World
from vox.representation.base import unchanged
from vox.runs import Run
from vox.table import Table
from vox.words import MET

RATE = 16_000  # Hz
SECONDS = 4.0  # of sounds that are made
HEADER = (
    "", "件", "音素の誤りの増加 (境界から)", "目標との類似", "上限", "元との類似",
    "最も近いのが目標", "目標が勝つ", "単語の誤り", "入力の写し", "言葉が残る", "目標とわかる",
)  # fmt: skip


def evaluated(
    run: Run, corpus: Corpus, count: int, sources: Sequence[str] | None = None
) -> Evaluation | None:
    """Score a run as `vox.evaluation.Evaluation` does; None where the judges are missing."""
    if judges.missing():
        return None
    found = Evaluation(run, corpus, count, sources)
    clear_output()  # the progress bar
    return found


def trials_table(trials: Mapping[str, Evaluation | None]) -> Table | Note:
    """Return a line an evaluation: what is lost of the words, likeness, and both verdicts."""
    rows = []
    for name, trial in trials.items():
        if trial is None:
            return absent()
        output, copy, ceiling = (trial.means[system] for system in ("output", "copy", "ceiling"))
        content, target = trial.verdicts
        rows.append(
            (
                name, len(trial.pairs), str(content.measured), str(output["similarity_target"]),
                str(ceiling["similarity_target"]), str(output["similarity_source"]),
                str(output["target_first"]), str(output["target_wins"]), str(output["word_error"]),
                str(copy["word_error"]), MET[content.met], MET[target.met],
            )
        )  # fmt: skip
    return Table(HEADER, rows)


class OddSounds:
    """Sounds that a converter was not made for, and what it makes of them; Jupyter shows players.

    Parameters
    ----------
    run
        That converts, on the representation `World`.
    pcm
        A recording, shape ``(time,)``, from which a child, a very low voice and a song are made.
    speaker
        To convert to.

    Attributes
    ----------
    sounds, converted
        By name.
    """

    def __init__(self, run: Run, pcm: Pcm, speaker: str) -> None:
        self.run, self.speaker = run, speaker
        self.sounds = odd_sounds(pcm)
        self.converted = {n: run.convert(x, speaker=speaker) for n, x in self.sounds.items()}

    @property
    def players(self) -> Players:
        """Each with its conversion behind it."""
        both: dict[str, Pcm] = {}
        for name, pcm in self.sounds.items():
            both |= {name: pcm, f"{name} → {self.speaker}": self.converted[name]}
        return Players(both)

    def table(self) -> Table:
        """Return length, level before and after, and DNSMOS where the judges are there."""
        rows = []
        for name, pcm in self.sounds.items():
            made = self.converted[name]
            heard = "" if judges.missing() else f"{judges.quality(made):.2f}"
            same = "はい" if len(made) == len(pcm) and np.isfinite(made).all() else "いいえ"
            rows.append((name, same, f"{rms(pcm):.4f}", f"{rms(made):.4f}", heard))
        return Table(("音", "同じ長さ、有限", "RMS 元", "RMS 変換", "DNSMOS"), rows)

    def _repr_html_(self) -> str:
        return self.table()._repr_html_() + self.players._repr_html_()

    def __repr__(self) -> str:
        return repr(self.table())


def odd_sounds(pcm: Pcm) -> dict[str, Pcm]:
    """Make a child, a very low voice, a song, noise, music and silence; ``(time,)`` each."""
    world, samples = World(), round(SECONDS * RATE)
    speech = pcm[:samples]

    def voice(semitones: float, formant: float) -> Pcm:
        change = world.adjusted(unchanged, Adjustment(semitones=semitones, formant=formant))
        return np.concatenate(list(world.convert([speech], change)))

    found = world.vocoder.analyse(speech)
    steps = np.array([0, 2, 4, 5, 7, 5, 4, 2])  # semitones of a scale, half a second each
    at = np.arange(len(found)) * world.vocoder.frame_ms // 500
    tune = 196.0 * 2 ** (steps[at.astype(int) % len(steps)] / 12)
    sung = replace(found, pitch=np.where(found.pitch > 0, tune, 0).astype(np.float32))
    noise = np.random.default_rng(0).normal(0, 0.05, samples).astype(np.float32)
    times = np.arange(samples) / RATE
    music = np.zeros(samples)
    for i, root in enumerate((220.0, 174.6, 261.6, 196.0)):  # four chords
        within = np.clip(times - i, 0, 1) * (times < i + 1)
        for ratio in (1, 1.26, 1.5, 2):
            music += np.exp(-2 * within) * np.sin(2 * np.pi * root * ratio * times) * (within > 0)
    return {
        "子供": voice(9, 5),
        "とても低い声": voice(-10, -3),
        "歌": world.vocoder.synthesise(sung),
        "雑音": noise,
        "音楽": (0.05 * music).astype(np.float32),
        "無音": np.zeros(samples, np.float32),
    }


def real_time(run: Run, pcm: Pcm, speaker: str, seconds: float = 60.0) -> float:
    """Return seconds of CPU time for a second of sound, of a recording repeated to a minute."""
    long = np.resize(pcm, round(seconds * RATE))
    began = time.process_time()
    run.convert(long, speaker=speaker)
    return (time.process_time() - began) / seconds
