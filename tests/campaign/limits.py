"""Full disks, little memory, three processes at once, and a corpus of many files."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache, partial
from pathlib import Path
from random import Random

import numpy as np
import soundfile
from harness import FAULT, REFUSED, DamageError, Outcome, Verdict, isolated, judged
from kills import _record_damage, notebook
from workshop import converter, corpus_folder, difference, experiment, run_folder, tone, train

import vox
from vox.cli import main
from vox.runs import Run


@cache
def _mounts() -> bool:
    """Whether small file systems can be mounted here."""
    probe = Path(f"/tmp/campaign-mount-{os.getpid()}")
    probe.mkdir()
    try:
        command = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(probe)]
        done = os.geteuid() == 0 and shutil.which("mount") is not None
        done = done and subprocess.run(command, capture_output=True).returncode == 0
        if done:
            subprocess.run(["umount", str(probe)], check=True)
        return done
    finally:
        probe.rmdir()


def full_disk(draw: Random, folder: Path) -> Verdict:
    """A disk that is full, or a limit on a file: told, nothing half left, and mended by room."""
    place = draw.choice(("checkpoint", "losses", "store", "features", "convert", "record", "pack",
                         "demo", "live"))  # fmt: skip
    if place in ("pack", "demo", "live"):
        converter()  # trained where there is room
    work, check, most = {
        "checkpoint": (partial(train, folder / "disk"), _same_run, 300_000),
        "losses": (partial(train, folder / "disk", often=False), _same_run, 2_000),
        "store": (_load, _loads, 300_000),
        "features": (_features, _loads, 900_000),
        "convert": (_convert, _converted, 50_000),
        "record": (_keep, _kept, 12_000),
        "pack": (_pack, _packed, 200_000),
        "demo": (_demo, _demonstrated, 150_000),
        "live": (_live, _heard, 50_000),
    }[place]
    disk = folder / "disk"
    disk.mkdir()
    size = draw.randrange(0, most)
    mounted = _mounts() and draw.random() < 0.5
    what = f"{place} with {size} bytes {'of disk' if mounted else 'a file'}"
    if place == "record":  # there is one, which must stay
        from vox.records.record import _keep as keep

        if not mounted:
            keep(notebook(1), disk / "x.ipynb")
    if mounted:
        pages = max(1, size // 4096)
        options = f"size={pages * 4}k,nr_inodes=200"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", str(disk)], check=True)
    try:
        limited = isolated(partial(_in, folder, work), folder, file_size=None if mounted else size)
        verdict = judged(what, limited, folder)
        if verdict.kind == FAULT:
            return verdict
        if mounted:
            options = "remount,size=64m,nr_inodes=10000"
            subprocess.run(["mount", "-o", options, str(disk)], check=True)
        again = judged(what, isolated(partial(_in, folder, work), folder), folder, statuses=(0,))
        if again.kind == FAULT:
            return Verdict(FAULT, what, f"with room again: {again.why}")
        why = check(disk)
        return Verdict(FAULT, what, f"with room again: {why}") if why else verdict
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(disk)], check=True)


def _in(folder: Path, work) -> None:
    os.environ["VOX_CACHE"] = str(folder / "disk" / "cache")
    os.chdir(folder / "disk")
    status = work()
    if isinstance(status, int) and status:
        raise SystemExit(status)


def _same_run(disk: Path) -> str:
    (made,) = [path.parent for path in disk.glob("*/run.json")]
    return difference(made, run_folder())


def _load() -> None:
    corpus = vox.load_corpus(corpus_folder())
    experiment().representation.windows(corpus)


def _features() -> None:
    corpus = vox.load_corpus(corpus_folder())
    vox.experiment("3bd6b23a").representation.windows(corpus)


def _loads(disk: Path) -> str:
    stores = [path for path in disk.glob("cache/pcm/*") if path.is_dir()]
    held = sum((path / "rows.f32").stat().st_size for path in stores)
    return "" if held == 4 * 6 * 19_200 else f"the store holds {held} bytes"


def _convert() -> int:
    words = ["--run", str(run_folder()), "--speaker", "bob", "-o", "out.wav", "--force"]
    return main(["convert", str(corpus_folder() / "ada" / "0.wav"), *words])


def _converted(disk: Path) -> str:
    frames = soundfile.info(disk / "out.wav").frames
    return "" if frames == 19_200 else f"{frames} samples"


def _pack() -> int:
    return main(["pack", str(converter().folder), "-o", "x.safetensors", "--force"])


def _packed(disk: Path) -> str:
    return "" if Run(disk / "x.safetensors").networks else "no networks"


def _demo() -> int:
    sound = str(corpus_folder() / "ada" / "0.wav")
    return main(["demo", sound, "--run", str(converter().folder), "-o", "out"])


def _demonstrated(disk: Path) -> str:
    lengths = {path.name: soundfile.info(path).frames for path in (disk / "out").glob("*.wav")}
    wanted = dict.fromkeys(("ada.wav", "bob.wav", "source.wav"), 19200)
    return "" if lengths == wanted and (disk / "out/index.html").is_file() else f"{lengths}"


def _live() -> int:
    sound = str(corpus_folder() / "ada" / "0.wav")
    words = ["--run", str(converter().folder), "--speaker", "bob", "--force"]
    return main(["live", "--input", sound, "-o", "out.wav", *words])


def _heard(disk: Path) -> str:
    frames = soundfile.info(disk / "out.wav").frames
    return "" if frames > 19_200 else f"{frames} samples"


def _keep() -> None:
    from vox.records.places import writable
    from vox.records.record import _keep as keep

    with writable(path := Path("x.ipynb")):
        keep(notebook(2), path)


def _kept(disk: Path) -> str:
    return _record_damage(disk / "x.ipynb", (2,))


def little_memory(draw: Random, folder: Path) -> Verdict:
    """A limit on memory: it is enough, or it is said that it is not."""
    words = ["--run", str(run_folder()), "--speaker", "bob", "-o", "out.wav"]
    size = draw.choice(("0.03125", "1", "64", "1e6"))
    batch = draw.choice(("2", "16", "1000000", "1000000000"))
    do, work = draw.choice(
        (
            ("convert", partial(main, ["convert", str(corpus_folder() / "ada/0.wav"), *words])),
            ("corpus", partial(main, ["corpus", str(corpus_folder())])),
            (f"train width {size} batch {batch}", partial(main, [
                "train", "cfcefd21", "--corpus", str(corpus_folder()), "--profile", "page",
                "--width", size, "--batch-size", batch, "--epochs", "0.1", "--device", "cpu"])),
        )
    )  # fmt: skip
    memory = draw.choice((0, 1, 8, 64, 256)) * 2**20
    outcome = isolated(work, folder, memory=memory, seconds=60)
    return judged(f"{do} with {memory >> 20} MiB", outcome, folder)


def together(draw: Random, folder: Path) -> Verdict:
    """Three processes that train one run, and that load one corpus, at the same time."""
    what = draw.choice(("train", "load"))
    outcomes: list[Outcome] = []
    work = partial(_train_or_say, folder) if what == "train" else _load
    for number in range(3):
        (folder / str(number)).mkdir()

    def all_three() -> int:
        import threading

        def one(number: int) -> None:
            outcome = isolated(partial(_in_cache, folder, work), folder / str(number), seconds=60)
            outcomes.append(outcome)

        threads = [threading.Thread(target=one, args=(number,)) for number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return 0

    all_three()
    verdicts = [judged(f"three that {what}", outcome, folder) for outcome in outcomes]
    for verdict in verdicts:
        if verdict.kind == FAULT:
            return verdict
    statuses = sorted(outcome.status for outcome in outcomes)
    refusals = [o.err for o in outcomes if o.status]
    if statuses[0] or any("another process" not in told for told in refusals):
        return Verdict(FAULT, f"three that {what}", f"exit statuses {statuses}: {refusals}")
    if what == "train":
        (made,) = [path.parent for path in (folder / "runs").glob("*/run.json")]
        if why := difference(made, run_folder()):
            return Verdict(FAULT, f"three that {what}", why)
    return next((v for v in verdicts if v.kind == REFUSED), verdicts[0])


def _in_cache(folder: Path, work) -> None:
    os.environ["VOX_CACHE"] = str(folder / "cache")
    work()


def _train_or_say(folder: Path) -> None:
    run = train(folder / "runs")
    if why := difference(run.folder, run_folder()):
        raise DamageError(why)
    Run(run.folder)


def many_files(draw: Random, folder: Path, count: int = 50_000) -> Verdict:
    """A corpus of so many files, by its folders or its metadata.csv, checked in minutes."""
    data = (np.arange(64) % 7 / 7).astype(np.float32)
    source, rows = folder / "corpus", ["file_name,speaker"]
    soundfile.write(folder / "x.wav", data, 16_000)
    sound = (folder / "x.wav").read_bytes()
    (source / "ada").mkdir(parents=True)
    soundfile.write(source / "ada" / "0.wav", tone(200), 16_000)
    speakers = draw.choice((2, count // 4))
    metadata = draw.random() < 0.7
    for i in range(count):
        place = source / f"s{i % speakers}"
        place.mkdir(exist_ok=True)
        # each of other contents, or decoding them would be no work
        place.joinpath(f"{i}.wav").write_bytes(sound[:-4] + np.float32(i / 1e6).tobytes()[:4])
        rows.append(f"s{i % speakers}/{i}.wav,s{i % speakers}")
    if metadata:
        (source / "metadata.csv").write_text("\n".join([*rows, "ada/0.wav,ada"]))
    work = partial(_counted, source, count + 1)
    what = f"{count} files of {speakers} speakers, {'metadata.csv' if metadata else 'folders'}"
    return judged(what, isolated(work, folder, seconds=60 + count / 150), folder, statuses=(0,))


def _counted(source: Path, count: int) -> None:
    corpus = vox.load_corpus(source)
    if len(corpus.recordings) != count:
        raise DamageError(f"{len(corpus.recordings)} recordings of {count}: {corpus.problems[:1]}")
    experiment().representation.windows(corpus)
    corpus.table()
