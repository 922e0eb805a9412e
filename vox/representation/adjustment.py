"""How far a conversion goes, and what becomes of pitch and formants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from vox.errors import VoxError
from vox.fields import Part, number

TARGET, KEEP = "target", "keep"


@dataclass(frozen=True, kw_only=True)
class Adjustment(Part):
    """What a user may change of a conversion; nothing, unless said otherwise.

    Attributes
    ----------
    strength
        From the source, 0, to the conversion as it was trained, 1: of the logarithms of envelope
        and pitch.
    semitones
        The pitch that comes out: the source's moved up by so many; None for the conversion's own.
    formant
        Semitones by which resonances are moved up: a longer or shorter vocal tract.

    Examples
    --------
    >>> Adjustment.of(pitch="-3").semitones, Adjustment.of(pitch="keep") == Adjustment(semitones=0)
    (-3.0, True)
    """

    strength: float = number(1.0, least=0, most=1)
    semitones: float | None = number(None, least=-36, most=36)
    formant: float = number(0.0, least=-12, most=12)

    @classmethod
    def of(
        cls, *, strength: float = 1.0, pitch: str | float = TARGET, formant: float = 0.0
    ) -> Self:
        """Make one of what a user says.

        Parameters
        ----------
        strength, formant
            As the fields.
        pitch
            ``"target"``, ``"keep"``, or semitones from the source's.

        Raises
        ------
        VoxError
            A value is none that it may be.
        """
        words: dict[str | float, float | None] = {TARGET: None, KEEP: 0.0}
        if isinstance(pitch, str | float | int) and pitch in words:
            semitones = words[pitch]
        else:
            try:
                semitones = float(pitch)
            except (TypeError, ValueError) as error:
                raise VoxError(
                    f"pitch must be {TARGET}, {KEEP} or a number of semitones, not {pitch!r}"
                ) from error
        return cls(strength=strength, semitones=semitones, formant=formant)


AS_TRAINED = Adjustment()
"""Nothing is changed."""
