"""Words that readers see in tables, in one place: verdicts, systems, scores, requirements."""

OPEN = "open"
VERDICTS: dict[bool | str | None, str] = {
    True: "再現", False: "不再現", OPEN: "決まらない", None: "この環境では測れない",
}  # fmt: skip
"""Whether a claim of 2019 is reproduced; `OPEN` where it was measured and nothing decided."""


def decided(found: bool | None) -> bool | str:
    """Return what a measurement says for a `VERDICTS`: where it decides nothing, `OPEN`."""
    return OPEN if found is None else found


def negated(holds: bool | str | None) -> bool | str | None:
    """Return the opposite for a `VERDICTS`: what is open or cannot be measured stays so."""
    return not holds if isinstance(holds, bool) else holds


NAMES = {
    "source": "元の録音",
    "copy": "入力の写し (写すだけの generator)",
    "target": "目標の話者の録音",
    "ceiling": "その複製合成 (上限)",
    "output": "変換",
}
TITLES = {
    "phone_error": "音素の誤り",
    "distortion": "目標との MCD (dB)",
    "similarity_target": "目標の話者との類似",
    "similarity_source": "元の話者との類似",
    "target_wins": "目標の方に近い割合",
    "target_first": "全話者のうち目標に最も近い割合",
    "quality": "DNSMOS",
    "pitch_correlation": "高さの相関",
    "pitch_distance": "目標の高さとの差 (半音)",
    "word_error": "語の誤り (Whisper)",
    "second_similarity_target": "目標の話者との類似 (第二の判定)",
    "second_similarity_source": "元の話者との類似 (第二の判定)",
    "second_target_wins": "目標の方に近い割合 (第二の判定)",
}
REQUIREMENTS = {
    "content": (
        "言葉が残る",
        "音素の誤りの、上限 (入力の写しと目標の録音の複製合成の大きい方) からの増加",
    ),
    "target": ("目標の話者とわかる", "元より目標の話者に近い変換の割合"),
}
MET = {True: "満たす", False: "満たさない", None: "決まらない"}
EXAMPLES = {"best": "最も良い例", "median": "中ほどの例", "worst": "最も悪い例"}
