"""Sound from pitch, spectral envelope and aperiodicity, block after block without a seam.

The model is WORLD's (Morise, Yokomori and Ozawa 2016): pulses and noise, each through the minimum
phase filter of its share of the envelope. pyworld makes a sound at once, and the pulses of two
sounds made apart do not line up. Here the phase of the voice, the noise and the tails of filters go
on from block to block. Three things differ from WORLD's synthesis.cpp: a pulse lies between samples
where its time does; where a voice begins or ends its pitch is held rather than drawn towards 0; and
noise is filtered in windows on the frames rather than from pulse to pulse.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy  # whose parts are loaded when they are used

from vox.audio import Pcm

Array = npt.NDArray[np.float32]
EARLY = 64  # samples before a pulse that its response reaches: it is band-limited
TINY = 1e-30  # power that stands for none: its logarithm is taken
NOISY = 0.999  # share of noise above which there is no pulse
BLOCK = 16_384  # samples of noise drawn from one seed
SEED = 0


def noise(seed: int, start: int, samples: int) -> Array:
    """Return white noise of variance 1 that is the same wherever a sound is cut.

    Parameters
    ----------
    seed
        Of the noise.
    start
        Position of the first sample in the sound; it may be negative.
    samples
        How many.

    Returns
    -------
    numpy.ndarray
        Shape ``(samples,)``, float32.

    Examples
    --------
    >>> bool((noise(0, -10, 30)[20:] == noise(0, 10, 10)).all())
    True
    """
    first, last = start // BLOCK, (start + max(samples, 1) - 1) // BLOCK
    drawn = [
        # a seed must not be negative: blocks before the sound are counted from far above
        np.random.default_rng([seed, block % 2**32]).standard_normal(BLOCK, np.float32)
        for block in range(first, last + 1)
    ]
    return np.concatenate(drawn)[start - first * BLOCK :][:samples]


def minimum_phase(power: Array) -> npt.NDArray[np.complex64]:
    """Return the spectra of filters whose response to a pulse begins at once.

    Parameters
    ----------
    power
        Shape ``(filters, fft // 2 + 1)``, float32.

    Returns
    -------
    numpy.ndarray
        Complex spectra with the magnitude ``sqrt(power)``, of the same shape, complex64.
    """
    half = power.shape[1] - 1
    cepstra = scipy.fft.irfft(np.log(power + np.float32(TINY)) / 2, axis=1)
    cepstra[:, 1:half] *= 2  # the causal half stands for both (Oppenheim and Schafer)
    cepstra[:, half + 1 :] = 0
    spectra: npt.NDArray[np.complex64] = np.exp(scipy.fft.rfft(cepstra, axis=1))
    return spectra


class Synthesis:
    """Makes a sound of frames that come in blocks.

    Parameters
    ----------
    sample_rate
        In Hz.
    hop, fft
        In samples: from frame to frame, and of the filters.
    """

    def __init__(self, sample_rate: int, hop: int, fft: int) -> None:
        self.sample_rate, self.hop, self.fft = sample_rate, hop, fft
        self._frames = 0  # that were made into sound
        self._phase = 0.0  # of the voice, in turns, at the block's first sample
        self._early = max(hop, fft // 2)  # samples before a block that it adds to
        self._tail = np.zeros(0, np.float32)  # of what was made, from that far before the block on
        fade = (np.arange(hop) + 0.5) / hop
        self._window = np.concatenate([fade, fade[::-1]]).astype(np.float32)
        bump = np.hanning(fft + 1)[:fft]  # its middle on the pulse
        self._bump = (bump / bump.sum()).astype(np.float32)

    def __call__(
        self,
        power: Array,
        pitch: Array,
        share: Array,
        sounding: Array,
        *,
        last: bool = False,
    ) -> Pcm:
        """Make the sound of a block of frames.

        Parameters
        ----------
        power
            The envelope, shape ``(frames + 1, fft // 2 + 1)``, float32. The frame behind the block
            is the next one's first, and is needed to go there.
        pitch
            In Hz, 0 without a voice, shape ``(frames + 1,)``.
        share
            Amplitude of noise in a voiced frame, of 1, shape ``(frames + 1, fft // 2 + 1)``.
        sounding
            What a frame's amplitude is multiplied by, shape ``(frames + 1,)``; with 0 it is silent.
        last
            Nothing follows, and what is left comes out.

        Returns
        -------
        numpy.ndarray
            Samples that nothing more will be added to, shape ``(time,)``, float32.
        """
        frames = len(pitch) - 1
        out = np.zeros(self._early + frames * self.hop + 2 * self.hop + self.fft, np.float32)
        out[: len(self._tail)] = self._tail
        count = frames + last  # the frame behind the block fades in with it
        self._add_noise(out, power[:count], pitch[:count], share[:count], sounding[:count])
        self._add_pulses(out, power, pitch, share, sounding)
        done = frames * self.hop
        begin = max(0, self._early - self._frames * self.hop)  # before that there is no sound
        self._frames += frames
        if last:
            return out[begin : self._early + done]
        self._tail = out[done:]
        return out[begin:done]

    def _add_noise(
        self, out: Array, power: Array, pitch: Array, share: Array, sounding: Array
    ) -> None:
        """Filter the noise around each frame, and fade from frame to frame."""
        filters = minimum_phase(power * np.where(pitch[:, None] > 0, share, 1) ** 2)
        start, hop = self._frames * self.hop, self.hop
        drawn = noise(SEED, start - hop, (len(pitch) + 1) * hop)
        windows = np.lib.stride_tricks.sliding_window_view(drawn, 2 * hop)[::hop] * self._window
        spectra = scipy.fft.rfft(windows, self.fft, axis=1) * filters * sounding[:, None]
        for i, response in enumerate(scipy.fft.irfft(spectra, axis=1)):
            at = self._early + (i - 1) * hop
            out[at : at + self.fft] += response

    def _add_pulses(
        self, out: Array, power: Array, pitch: Array, share: Array, sounding: Array
    ) -> None:
        """Put the response of a pulse where the phase of the voice passes a whole turn."""
        times, frequency = self._pulses(pitch)
        frame = np.minimum(times.astype(int), len(pitch) - 2)
        along = (times - frame).astype(np.float32)[:, None]

        def there(rows: Array) -> Array:
            """Values at the pulses, between those of the frames."""
            found: Array = (1 - along) * rows[frame] + along * rows[frame + 1]
            return found

        # a frame without a voice is all noise: its neighbour's share holds up to the border
        nearest = np.where(pitch[frame] > 0, frame, frame + 1)
        both = (pitch[frame] > 0) & (pitch[frame + 1] > 0)
        noisy = np.where(both[:, None], there(share), share[nearest])
        amplitude = there(sounding[:, None])[:, 0] * np.sqrt(self.sample_rate / frequency)
        heard = (noisy[:, 0] < NOISY) & (amplitude > 0)
        spectra = minimum_phase((there(power) * (1 - np.minimum(noisy, 1) ** 2))[heard])
        position = times[heard] * self.hop
        begin = np.ceil(position)
        turn = 2j * np.pi * np.arange(self.fft // 2 + 1) / self.fft
        spectra *= np.exp(turn * (begin - position)[:, None]).astype(np.complex64)
        half = self.fft // 2
        responses = np.roll(scipy.fft.irfft(spectra, axis=1), half, axis=1)
        responses[:, : half - EARLY] = 0
        # pulses are all of one sign, and would add up to DC that the sound never had
        responses -= responses.sum(axis=1, keepdims=True) * self._bump
        responses *= amplitude[heard, None].astype(np.float32)
        for at, response in zip(begin.astype(int) + self._early - half, responses, strict=True):
            out[at : at + self.fft] += response

    def _pulses(self, pitch: Array) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return the times of pulses, in frames from the block's first, and the pitch there.

        The phase is the sum of the pitch over samples; it stands still where there is no voice.
        """
        hop = self.hop
        along = np.tile(np.arange(hop) / hop, len(pitch) - 1)
        before, after = (np.repeat(x.astype(np.float64), hop) for x in (pitch[:-1], pitch[1:]))
        voiced = np.where(along < 0.5, before, after) > 0
        before, after = (
            np.where(one > 0, one, other) for one, other in ((before, after), (after, before))
        )
        frequency = np.where(voiced, (1 - along) * before + along * after, 0)
        turns = np.empty(len(frequency) + 1)
        turns[0] = self._phase
        np.cumsum(frequency / self.sample_rate, out=turns[1:])
        turns[1:] += self._phase
        whole = np.floor(turns)
        at = np.flatnonzero(np.diff(whole))
        self._phase = float(turns[-1] - whole[-1])
        later = (whole[at + 1] - turns[at]) * self.sample_rate / frequency[at]
        return (at + later) / hop, frequency[at]
