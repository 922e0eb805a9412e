"""The numbers that an utterance is given, and the systems that are given them."""

from __future__ import annotations

from dataclasses import dataclass

SYSTEMS = ("source", "copy", "target", "ceiling", "output")
"""The recording that is converted; what a generator that copies its input makes of it; a recording
of the target speaker, of the same sentence where there is one; its copy synthesis; the conversion.
"""


@dataclass(frozen=True)
class Score:
    """One number an utterance is given.

    Attributes
    ----------
    name
        A column of the scores.
    better
        An arrow up where more is better, down where less is.
    unit
        Empty for shares and the like.
    optional
        Whether its judge may be absent though `vox.evaluation.judges` are there.
    """

    name: str
    better: str
    unit: str = ""
    optional: bool = False


SCORES = (
    Score("phone_error", "↓"),
    Score("distortion", "↓", "dB"),
    Score("similarity_target", "↑"),
    Score("similarity_source", "↓"),
    Score("target_wins", "↑"),
    Score("target_first", "↑"),
    Score("quality", "↑"),
    Score("pitch_correlation", "↑"),
    Score("pitch_distance", "↓", "semitones"),
    Score("word_error", "↓", optional=True),
    Score("second_similarity_target", "↑", optional=True),
    Score("second_similarity_source", "↓", optional=True),
    Score("second_target_wins", "↑", optional=True),
)
"""Phone error against the source; mel cepstral distortion to the target's recording of the same
sentence; similarity to the profiles of target and source speaker; whether the target's is the
larger, and whether it is the largest of all speakers; DNSMOS; pitch against the source's curve, and
against the target's mean; and, where they are installed, word error of Whisper against the text,
and similarity by a second embedder."""
