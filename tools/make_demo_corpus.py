"""Render the embedded corpus ``vox/corpus/demo`` with espeak-ng.

Run once, by hand; what it makes is committed, so nobody who uses vox needs espeak-ng::

    pip install espeakng-loader soundfile soxr numpy
    python tools/make_demo_corpus.py vox/corpus/demo

What espeak-ng returns depends on what the same process rendered before, so every utterance is
rendered in a process of its own: the same text and voice then give the same samples, but for the
variant ``victor``, which draws noise. Ogg files differ all the same: their serial number is random.
"""

from __future__ import annotations

import argparse
import csv
import ctypes
import multiprocessing
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile as sf
import soxr

SAMPLE_RATE = 16_000  # Hz, what vox works at
WORDS_PER_MINUTE = 146  # slow enough for every sentence to fill the longest window, 4.144 s

# speaker, espeak-ng variant, pitch (0 to 100, 50 is the variant's own), accent, birthplace, sex.
# Each birthplace has one female and one male voice, so that neither label follows from the other;
# the speaker decides both. The variants were picked for their distance in mean cepstrum and pitch.
VOICES = [
    ("anika", "anika", 50, "en-us", "us", "female"),
    ("martin", "m3", 55, "en-us", "us", "male"),
    ("stephanie", "steph3", 45, "en-us-nyc", "new_york", "female"),
    ("victor", "victor", 40, "en-us-nyc", "new_york", "male"),
    ("annie", "Annie", 50, "en-gb-scotland", "scotland", "female"),
    ("alex", "Alex", 70, "en-gb-scotland", "scotland", "male"),
    ("belinda", "belinda", 45, "en-gb-x-rp", "england", "female"),
    ("ivan", "iven", 30, "en-gb-x-rp", "england", "male"),
]

TRAIN = [
    "The old notebook lay open on the desk, and nobody could remember who had written the last page.",
    "She measured the length of every shadow in the garden before the grey clouds came over the hill.",
    "Five brown horses waited by the gate while the farmer looked for his keys in the kitchen.",
    "If the kettle begins to whistle, please turn off the gas and pour the water into the blue pot.",
    "My neighbour plays the violin each evening, and his dog howls along from under the piano.",
    "We took the early train to the coast and watched the fishing boats return with their catch.",
    "A thick layer of dust covered the shelves, yet the glass jars were as clear as the day they came.",
    "The judge asked the witness to speak a little louder, since the rain was drumming hard on the roof.",
    "Between the two villages runs a narrow path that only goats and curious children ever use.",
    "He counted seventeen steps down to the cellar, where the air smelled of apples and cold stone.",
    "Yesterday the library closed an hour early, so I read the final chapter on the bus going home.",
    "Young oak trees grow slowly in the shade, but they outlive almost everything planted near them.",
    "The engineer shook her head, changed one number in the table, and started the machine again.",
    "Fresh bread, sharp cheese and a cup of strong tea are all that I need on a winter morning.",
    "Their cousin in Vienna repairs clocks, and she says that each of them has a temper of its own.",
    "When the music stopped, the dancers stood quite still and listened to the sound of the sea.",
    "Do not judge the weather by the morning sky, because the wind here often changes before noon.",
    "The museum keeps a wax cylinder with the voice of a man who lived two hundred years ago.",
]
TEST = [
    "Every voice in this room belongs to a machine, though some of them would like to fool you.",
    "The captain folded the map, pointed at the far shore, and told the crew to raise the sail.",
    "Both children laughed at the puzzle until they noticed that the smallest piece of all was missing.",
    "A quiet street, a yellow door and the smell of coffee: that is how I remember the house.",
    "Give the parcel to the woman at the front desk and ask her to sign for it, please.",
    "Though the bridge was finished in July, the first heavy lorry did not cross it until autumn.",
]


def render(
    text: str, language: str, variant: str, pitch: int, data: str, library: str
) -> np.ndarray:
    """Return ``text`` as float32 samples at espeak-ng's own rate, then resampled to 16 kHz."""
    espeak = ctypes.CDLL(library)
    dont_exit, retrieval, utf8, rate_parameter, pitch_parameter = 0x8000, 1, 1, 1, 3
    native = espeak.espeak_Initialize(retrieval, 0, data.encode(), dont_exit)
    if native <= 0:
        raise RuntimeError(f"espeak-ng did not start with the data in {data}")
    parts: list[np.ndarray] = []

    @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
    def collect(samples, count, _events):
        if samples and count > 0:
            parts.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    espeak.espeak_SetSynthCallback(collect)
    voice = f"{language}+{variant}"
    if espeak.espeak_SetVoiceByName(voice.encode()) != 0:
        raise RuntimeError(f"espeak-ng has no voice {voice}")
    espeak.espeak_SetParameter(rate_parameter, WORDS_PER_MINUTE, 0)
    espeak.espeak_SetParameter(pitch_parameter, pitch, 0)
    encoded = text.encode() + b"\0"
    espeak.espeak_Synth(encoded, len(encoded), 0, 0, 0, utf8, None, None)
    espeak.espeak_Synchronize()
    pcm = np.concatenate(parts).astype(np.float32) / 32768
    return soxr.resample(pcm, native, SAMPLE_RATE, quality="VHQ")


def level(pcm: np.ndarray) -> np.ndarray:
    """Trim the silence at both ends to 0.1 s and bring the RMS to -23 dBFS, peaks below -1 dBFS."""
    loud = np.flatnonzero(np.abs(pcm) > 1e-3)
    margin = SAMPLE_RATE // 10
    pcm = pcm[max(loud[0] - margin, 0) : loud[-1] + margin]
    gain = min(10 ** (-23 / 20) / np.sqrt(np.mean(pcm**2)), 10 ** (-1 / 20) / np.abs(pcm).max())
    return pcm * gain


def main() -> None:
    import espeakng_loader

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the corpus is written")
    folder: Path = parser.parse_args().folder
    # espeak-ng fails on data paths longer than about 140 characters: a copy at a short one
    with tempfile.TemporaryDirectory() as temporary:
        data = Path(temporary, "espeak-ng-data")
        shutil.copytree(espeakng_loader.get_data_path(), data)
        library = espeakng_loader.get_library_path()
        jobs, rows = [], []
        for speaker, variant, pitch, language, birthplace, sex in VOICES:
            for split, sentences in (("train", TRAIN), ("test", TEST)):
                for number, text in enumerate(sentences, start=1):
                    name = f"{speaker}/{split}{number:02d}.ogg"
                    jobs.append((text, language, variant, pitch, str(data), library))
                    rows.append((name, speaker, birthplace, sex, split, text, "en"))
        context = multiprocessing.get_context("spawn")
        with context.Pool(2, maxtasksperchild=1) as pool:
            for row, pcm in zip(rows, pool.starmap(render, jobs, chunksize=1), strict=True):
                path = folder / row[0]
                path.parent.mkdir(parents=True, exist_ok=True)
                sf.write(path, level(pcm), SAMPLE_RATE, format="OGG", subtype="VORBIS")
                print(f"{path}  {len(level(pcm)) / SAMPLE_RATE:.2f} s", file=sys.stderr)
    with open(folder / "metadata.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("file_name", "speaker", "birthplace", "sex", "split", "text", "language"))
        writer.writerows(rows)


if __name__ == "__main__":
    main()
