"""Broken metadata.csv and lhotse manifests: what stands in other rows must serve."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import json
from collections.abc import Collection
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from harness import DamageError, Verdict, isolated, judged
from mutations import broken_bytes, broken_json, text
from workshop import SPEAKERS, speak

from vox.cli import main

COLUMNS = ["file_name", "speaker", "birthplace", "sex", "text", "split"]
FILES = [f"{speaker}/{i}.wav" for speaker in SPEAKERS for i in range(3)]


def metadata(draw: Random, folder: Path) -> Verdict:
    """A metadata.csv with a broken row, broken columns, or broken bytes."""
    source = speak(folder / "corpus", 3)
    rows = [[f, f[:3], "here", "female", "said, so", ""] for f in FILES]
    head, untouched = list(COLUMNS), set(FILES)
    match draw.randrange(5):
        case 0 | 1:  # a field of one row
            at, column = draw.randrange(len(rows)), draw.randrange(len(COLUMNS))
            untouched.discard(FILES[at])
            rows[at][column] = text(draw)
            what = f"{COLUMNS[column]} = {rows[at][column][:20]!r}"
        case 2:  # a row that is longer, shorter, or one too many
            at = draw.randrange(len(rows))
            untouched.discard(FILES[at])
            odd = draw.choice(([""] * 3, [text(draw)], rows[at][:2], rows[at] * 2))
            rows[at] = draw.choice((rows[at] + odd, odd))
            what = f"a row {str(rows[at])[:60]}"
        case 3:
            head[draw.randrange(1, len(head))] = draw.choice((text(draw), *COLUMNS))
            untouched.clear()
            what = f"columns {str(head)[:80]}"
        case _:
            untouched.clear()
            what = "bytes"
    out = io.StringIO()
    writer = csv.writer(out, delimiter=draw.choice(",,,,;\t"), lineterminator=draw.choice("\n\r"))
    writer.writerows([head, *rows])
    data = out.getvalue().encode(draw.choice(("utf-8", "utf-8-sig")), "surrogatepass")
    if what == "bytes":
        data, how = broken_bytes(draw, data)
        what = f"bytes: {how}"
    if writer.dialect.delimiter != "," or not _is_utf8(data):
        untouched.clear()  # not a table in this form, or not UTF-8, which may be refused as a whole
    (source / "metadata.csv").write_bytes(data)
    work = partial(served, source, untouched)
    statuses = (0,) if untouched else ()
    return judged(f"metadata.csv: {what}", isolated(work, folder), folder, statuses=statuses)


def _is_utf8(data: bytes) -> bool:
    with contextlib.suppress(UnicodeDecodeError):
        return bool(data.decode())
    return False


def served(corpus: Path, untouched: Collection[str]) -> int:
    """Check a corpus, and see that what was left whole in it is usable."""
    status = main(["corpus", str(corpus)])
    from vox.corpus import load_corpus

    if untouched and not status:
        with contextlib.redirect_stderr(io.StringIO()):
            found = {recording.file for recording in load_corpus(corpus).recordings}
        if lost := set(untouched) - found:
            raise DamageError(f"lost: {', '.join(sorted(lost))}")
    return status


def manifests(draw: Random, folder: Path) -> Verdict:
    """lhotse manifests with a broken entry, or broken bytes."""
    source = speak(folder / "corpus", 3)
    recordings = [_recording(source, file) for file in FILES]
    supervisions = [_supervision(file) for file in FILES]
    untouched = set(FILES)
    listed = draw.choice((recordings, supervisions))
    cuts = draw.random() < 0.4
    kinds = {"recordings": recordings, "supervisions": supervisions}
    if cuts:
        pairs = zip(recordings, supervisions, strict=True)
        listed = [_cut(recording, supervision) for recording, supervision in pairs]
        kinds = {"cuts": listed}
    at = draw.randrange(len(listed))
    raw = draw.random() < 0.15
    what = ""
    if not raw:
        untouched.discard(FILES[at])
        if draw.random() < 0.15 and listed is not supervisions:
            source_of = listed[at].get("recording", listed[at])
            command = {"type": "command", "channels": [0], "source": f"touch {folder}/ran"}
            source_of["sources"] = [draw.choice((command, {**command, "type": "url"}))]
            what = "a command as source"
        else:
            listed[at], what = broken_json(draw, listed[at])
    zipped = draw.random() < 0.2
    whole = draw.random() < 0.2  # JSON, not JSON Lines
    for kind, entries in kinds.items():
        text = json.dumps(entries) if whole else "\n".join(map(json.dumps, entries))
        data = text.encode()
        if raw and entries is listed:
            data, how = broken_bytes(draw, data)
            what = f"bytes: {how}"
            untouched.clear()
        name = f"{kind}.json{'' if whole else 'l'}{'.gz' if zipped else ''}"
        (source / name).write_bytes(gzip.compress(data) if zipped else data)
    kind = "cuts" if cuts else "recordings" if listed is recordings else "supervisions"
    outcome = isolated(partial(served, source, untouched), folder)
    if (folder / "ran").exists():
        return Verdict("fault", f"{kind}: {what}", "a manifest's command was run unasked")
    statuses = (0,) if untouched else ()
    return judged(f"{kind}: {what}", outcome, folder, statuses=statuses)


def _recording(source: Path, file: str) -> dict[str, Any]:
    return {
        "id": file, "sampling_rate": 16_000, "num_samples": 19_200, "duration": 1.2,
        "channel_ids": [0],
        "sources": [{"type": "file", "channels": [0], "source": str(source / file)}],
    }  # fmt: skip


def _supervision(file: str) -> dict[str, Any]:
    return {
        "id": file, "recording_id": file, "start": 0.0, "duration": 1.2, "channel": 0,
        "speaker": file[:3], "gender": "f", "language": "en", "text": "said",
        "custom": {"accent": "here"},
    }  # fmt: skip


def _cut(recording: dict[str, Any], supervision: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": recording["id"], "start": 0, "duration": 1.2, "channel": 0,
        "supervisions": [supervision], "recording": recording, "type": "MonoCut",
    }  # fmt: skip
