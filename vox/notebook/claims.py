"""What a page of 2019 heard, in the words of the pages, with what judges say of it."""

from __future__ import annotations

from vox.evaluation import heard, judges
from vox.notebook.scores import Scores
from vox.words import decided

Told = tuple[str, bool | str | None]


class Heard:
    """Answers for a `Claim` about what is heard: what was measured, and whether it holds.

    Each returns both, and the note in place of the judges where these are not installed.

    Parameters
    ----------
    scores
        Of the run.
    """

    def __init__(self, scores: Scores) -> None:
        self.scores, self.evaluation = scores, scores.evaluation

    def words_lost(self) -> Told:
        """Say whether both judges of words find them lost (`vox.evaluation.heard.words_lost`)."""
        if self.evaluation is None:
            return str(self.scores.note), None
        found = heard.words_lost(self.evaluation.utterances)
        told = [
            f"{name}の増加 {more} (変換 {self.scores.mean('output', score)}、"
            f"入力の写し {self.scores.mean('copy', score)})"
            for name, score, more in zip(
                ("音素の誤り", "語の誤り"),
                ("phone_error", "word_error"),
                found.figures,
                strict=True,
            )
            if more.count
        ]
        return "。".join(told), decided(found.holds)

    def accents(self, loudness: float) -> Told:
        """Say whether loudness and pitch follow the input's (`vox.evaluation.heard.accents`)."""
        if self.evaluation is None:
            return str(self.scores.note), None
        found = heard.accents(self.evaluation.utterances, loudness)
        told = f"音量の時間変化の相関 {loudness:.2f}、高さの相関 {found.figures[0]}"
        return told, decided(found.holds)

    def voice(self) -> Told:
        """Say whether it has pitch and quality of a voice (`vox.evaluation.heard.voice`)."""
        if self.evaluation is None:
            return str(self.scores.note), None
        found = heard.voice(self.evaluation.utterances)
        pitched, quality, copy = found.figures
        told = f"高さが測れる変換の割合 {pitched}、DNSMOS {quality}、入力の写しでは {copy}"
        return told, decided(found.holds)

    def women(self) -> Told:
        """Say whether the pitch is that of women, whoever is the target."""
        if self.evaluation is None:
            return str(self.scores.note), None
        sounds = (self.evaluation.scorer.sound(p, "output") for p in self.evaluation.pairs)
        found = heard.women([judges.mean_pitch(judges.pitch(pcm)) for pcm in sounds])
        low, high = heard.WOMEN
        told = f"平均の高さが {low:g} から {high:g} Hz にある変換の割合 {found.figures[0]}"
        return told, decided(found.holds)
