"""Link the voices of Debian's ``asterisk-core-sounds-*-wav`` packages into a corpus for vox.

Five people, 23 to 31 minutes each, at 8 kHz, under CC-BY(-SA)-3.0 (see the packages' copyright
files)::

    apt-get install asterisk-core-sounds-{en,es,fr,it,ru}-wav
    python tools/link_asterisk_voices.py voices
    vox corpus voices

Each voice lies in a folder named like ``it_IT_m_Carlo``: language, country, sex, name. The country
becomes the birthplace. One person recorded English and Spanish, so the language is kept in the
speaker's name. What is no speech (beeps, silence, music) is passed over.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from pathlib import Path

SOUNDS = Path("/usr/share/asterisk/sounds")
VOICE = re.compile(r"([a-z]{2})_([A-Z]{2})_([fm])_(\w+)")
NO_SPEECH = re.compile(r"^(silence/.*|beep.*|.*tone.*|confbridge-binaural.*|.*ascending.*)$")
SEXES = {"f": "female", "m": "male"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the links and metadata.csv are written")
    parser.add_argument("--sounds", type=Path, default=SOUNDS, help="%(default)s")
    given = parser.parse_args()
    voices = [v for v in sorted(given.sounds.glob("*")) if VOICE.fullmatch(v.name)]
    if not voices:
        print(
            f"no voices in {given.sounds}; install asterisk-core-sounds-en-wav or another language",
            file=sys.stderr,
        )
        return 1
    rows = []
    for voice in voices:
        language, country, sex, name = VOICE.fullmatch(voice.name).groups()
        speaker = f"{name}-{language}"
        for source in sorted(voice.rglob("*.wav")):
            inside = source.relative_to(voice).as_posix()
            if NO_SPEECH.match(inside):
                continue
            link = given.folder / speaker / inside
            link.parent.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(source)
            rows.append((f"{speaker}/{inside}", speaker, country, SEXES[sex]))
    with open(given.folder / "metadata.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("file_name", "speaker", "birthplace", "sex"))
        writer.writerows(rows)
    print(f"{given.folder}: {len(rows)} recordings of {len(voices)} voices")
    return 0


if __name__ == "__main__":
    sys.exit(main())
