"""Judges that took no part in training: phones, voices, quality, pitch, spectral envelope.

Each takes PCM of the shape ``(time,)`` at 16 kHz and hears it at one level, so that loudness never
decides. Their models come inside the packages of the extra ``evaluation``; nothing is downloaded.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from typing import Any

import librosa
import numpy as np
import numpy.typing as npt
import scipy.fft
import scipy.interpolate

from vox.audio import Pcm, resample, rms
from vox.errors import VoxError, install

RATE = 16_000  # Hz
LEVEL = 0.05  # RMS at which judges listen: -26 dBFS leaves speech its peaks
MODULES = ("hama", "onnxruntime", "pyworld", "rapidfuzz", "resemblyzer", "speechmos", "webrtcvad")
INSTALL = f"{install('evaluation')} && pip install -c constraints.txt --no-deps resemblyzer"
"""What to call where judges are missing. resemblyzer comes without its dependencies: it asks for a
webrtcvad that must be compiled, and webrtcvad-wheels, which the extra names, is the same built."""

QUALITY_SAMPLES = 144_160  # that DNSMOS hears at once
FRAME_MS = 10.0  # of pitch and envelope
PITCH_FLOOR, PITCH_CEILING = 60.0, 500.0  # Hz: speech
ENVELOPE_RATE = 8000  # Hz: the representation ends at 4 kHz, and so does what is compared
CEPSTRA = 24  # mel cepstral coefficients compared, without the level (Kubichek 1993)
MEL_POINTS = 128
RANGE = 1e-6  # of the envelope's power: 60 dB, or the depth of silences would decide

Array = npt.NDArray[np.float64]


def missing() -> list[str]:
    """Return the modules of judges that are not installed."""
    return [name for name in MODULES if find_spec(name) is None]


def require() -> None:
    """Raise a `VoxError` that says what to install where a judge is missing."""
    if absent := missing():
        raise VoxError(f"scores need {', '.join(absent)}, not installed here: {INSTALL}")


def even(pcm: Pcm) -> Pcm:
    """Bring a sound to the judges' level, without clipping; silence stays as it is."""
    loudness = rms(pcm) if pcm.size else 0.0
    if loudness < 1e-6:
        return np.zeros(len(pcm), np.float32)
    louder = pcm * (LEVEL / loudness)
    return (louder / max(1.0, float(np.abs(louder).max()))).astype(np.float32)


def phones(pcm: Pcm) -> tuple[str, ...]:
    """Return the phones that hama's recogniser hears, in IPA; none in silence."""
    heard = even(pcm)
    if not heard.any():
        return ()
    return tuple(_recogniser().transcribe_waveform(heard, RATE).phonemes)


def phone_error(reference: Sequence[str], heard: Sequence[str]) -> float:
    """Return the edits from one row of phones to the other, over the reference's length.

    0 is the same, 1 what silence gets; more is possible. NaN without a reference.
    """
    from rapidfuzz.distance import Levenshtein

    if not reference:
        return float("nan")
    return Levenshtein.distance(reference, heard) / len(reference)


def voice(pcm: Pcm) -> Array:
    """Return the speaker embedding of resemblyzer (GE2E, arXiv 1710.10467), shape ``(256,)``.

    Its length is 1, or 0 where no speech is found.
    """
    heard = even(pcm)
    if heard.any():
        with warnings.catch_warnings(action="ignore"):
            from resemblyzer import preprocess_wav

            speech = preprocess_wav(heard)
        if len(speech):
            return _encoder().embed_utterance(speech).astype(np.float64)
    return np.zeros(256)


def voice_of(embeddings: Sequence[Array]) -> Array:
    """Return the mean of embeddings as a profile of length 1."""
    mean = np.mean(embeddings, axis=0)
    return mean / max(float(np.linalg.norm(mean)), 1e-12)


def similarity(one: Array, other: Array) -> float:
    """Return the cosine of two embeddings: 1 for the same voice, 0 where there is no speech."""
    return float(one @ other)


def quality(pcm: Pcm) -> float:
    """Return DNSMOS P.835's overall score (arXiv 2110.01763), 1 to 5; silence has 1.

    It rates how clean speech is, heard by people at 16 kHz, not whose it is or what is said. The
    model hears 9.01 s at a time; a shorter sound is repeated to that length.
    """
    from speechmos import dnsmos

    heard = even(pcm)
    if 0 < len(heard) < QUALITY_SAMPLES:  # dnsmos itself doubles it, and hears most of it twice
        heard = np.resize(heard, QUALITY_SAMPLES)
    return float(dnsmos.run(heard, RATE)["ovrl_mos"]) if heard.any() else 1.0


def pitch(pcm: Pcm) -> Array:
    """Return the fundamental in Hz every 10 ms by WORLD's DIO, refined; 0 where there is none."""
    import pyworld

    heard = even(pcm).astype(np.float64)
    f0, times = pyworld.dio(heard, RATE, PITCH_FLOOR, PITCH_CEILING, frame_period=FRAME_MS)
    return pyworld.stonemask(heard, f0, times, RATE)


def pitch_correlation(one: Array, other: Array) -> float:
    """Correlate the logarithms of two pitch curves of one time axis, where both have a voice.

    NaN where that is less than a tenth of a second, or a curve is flat.
    """
    frames = min(len(one), len(other))
    a, b = one[:frames], other[:frames]
    both = (a > 0) & (b > 0)
    if both.sum() < 10:
        return float("nan")
    a, b = np.log(a[both]), np.log(b[both])
    if a.std() < 1e-9 or b.std() < 1e-9:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def mean_pitch(curve: Array) -> float:
    """Return the mean pitch in semitones above 1 Hz, where there is a voice; NaN without one."""
    voiced = curve[curve > 0]
    return float(12 * np.log2(voiced).mean()) if len(voiced) else float("nan")


def envelope(pcm: Pcm, curve: Array) -> Array:
    """Return the mel cepstra of the spectral envelope up to 4 kHz, shape ``(frames, 24)``.

    The envelope is CheapTrick's (WORLD), as natural logarithm of its power on a mel axis. The
    cepstra are scaled so that their squares add up to its mean square, less the level.

    Parameters
    ----------
    pcm
        Shape ``(time,)``.
    curve
        Its `pitch`.
    """
    import pyworld

    low = resample(even(pcm), RATE, ENVELOPE_RATE).astype(np.float64)
    times = np.arange(len(curve)) * FRAME_MS / 1000
    power = pyworld.cheaptrick(low, curve, times, ENVELOPE_RATE, f0_floor=PITCH_FLOOR)
    hz = np.linspace(0, ENVELOPE_RATE / 2, power.shape[1])
    mel = librosa.mel_frequencies(MEL_POINTS, fmin=40, fmax=ENVELOPE_RATE / 2)
    log = np.log(np.maximum(power, power.max() * RANGE))
    warped = scipy.interpolate.make_interp_spline(hz, log, k=1, axis=1)(mel)
    cepstra: Array = scipy.fft.dct(warped, norm="ortho", axis=1) / np.sqrt(MEL_POINTS)
    return cepstra[:, 1 : CEPSTRA + 1]


def cepstral_distortion(one: Array, other: Array) -> float:
    """Return the mel cepstral distortion of two utterances of one sentence, in dB.

    The time axes are warped onto each other; it is the mean distance along the path.
    """
    cost, path = librosa.sequence.dtw(one.T, other.T, metric="euclidean")
    return float(10 / np.log(10) * cost[-1, -1] / len(path))


@cache
def _recogniser() -> Any:
    from hama import ASRModel

    return ASRModel()


@cache
def _encoder() -> Any:
    with warnings.catch_warnings(action="ignore"), contextlib.redirect_stdout(io.StringIO()):
        from resemblyzer import VoiceEncoder

        return VoiceEncoder("cpu", verbose=False)
