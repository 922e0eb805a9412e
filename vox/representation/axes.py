"""Frequency axes of features: mel points, bins of a Fourier transform, bands of aperiodicity.

Going from one to another is linear interpolation along frequency, as a matrix.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]
BAND = 3000.0  # Hz from band to band of D4C
DEPTH = -60.0  # dB of aperiodicity at 0 Hz, as WORLD has it


def mel_points(points: int, sample_rate: int) -> npt.NDArray[np.float64]:
    """Return frequencies in Hz, evenly spaced in mel (Slaney's) from 0 to half the sample rate.

    Examples
    --------
    >>> mel_points(3, 16_000).round().tolist()
    [0.0, 1689.0, 8000.0]
    """
    import librosa

    frequencies: npt.NDArray[np.float64] = librosa.mel_frequencies(
        points, fmin=0, fmax=sample_rate / 2
    )
    return frequencies


def interpolation(
    wanted: npt.NDArray[np.floating], given: npt.NDArray[np.floating]
) -> npt.NDArray[np.float64]:
    """Return the matrix that interpolates values at `given` frequencies to `wanted` ones.

    Beyond the ends the last value is held.

    Returns
    -------
    numpy.ndarray
        Shape ``(wanted, given)``; its rows add up to 1.

    Examples
    --------
    >>> interpolation(np.array([5.0, 30.0]), np.array([0.0, 10.0, 20.0])).tolist()
    [[0.5, 0.5, 0.0], [0.0, 0.0, 1.0]]
    """
    return np.stack([np.interp(wanted, given, one) for one in np.eye(len(given))], axis=1)


@lru_cache
def to_mel(sample_rate: int, fft: int, points: int) -> npt.NDArray[np.float64]:
    """Return the matrix from bins to mel points, shape ``(points, fft // 2 + 1)``."""
    bins = np.fft.rfftfreq(fft, 1 / sample_rate)
    return interpolation(mel_points(points, sample_rate), bins)


@lru_cache
def from_mel(sample_rate: int, fft: int, points: int) -> Matrix:
    """Return the matrix from mel points to bins, shape ``(fft // 2 + 1, points)``."""
    bins = np.fft.rfftfreq(fft, 1 / sample_rate)
    return interpolation(bins, mel_points(points, sample_rate)).astype(np.float32)


@lru_cache
def from_bands(sample_rate: int, fft: int, bands: int) -> tuple[Matrix, Matrix]:
    """Return what makes decibels at bins of coded aperiodicity, as WORLD decodes it.

    Returns
    -------
    matrix : numpy.ndarray
        From bands to bins, shape ``(fft // 2 + 1, bands)``.
    offset : numpy.ndarray
        In dB, to be added: what lies between -60 dB at 0 Hz and the first band, and 0 dB at half
        the sample rate and the last one; shape ``(fft // 2 + 1,)``.
    """
    given = np.array([*(BAND * np.arange(bands + 1)), sample_rate / 2])
    whole = interpolation(np.fft.rfftfreq(fft, 1 / sample_rate), given)
    return whole[:, 1:-1].astype(np.float32), (DEPTH * whole[:, 0]).astype(np.float32)
