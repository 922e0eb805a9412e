"""Files written whole, and what killed writers leave."""

import os
import subprocess
import sys
import threading

import pytest

from vox.files import part_of, remember, sweep, write_atomically


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def killed_while_writing(path, **how):
    """A process that is killed with a part beside `path`."""
    code = (
        "import os, sys; from pathlib import Path; from vox.files import part_of\n"
        f"with part_of(Path(sys.argv[1]), **{how!r}) as part:\n"
        "    part.write_bytes(b'half'); os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)


def test_a_file_is_whole_or_not_there(tmp_path):
    path = tmp_path / "a.bin"
    write_atomically(path, b"whole")
    assert path.read_bytes() == b"whole"

    def broken():
        with part_of(path) as part:
            part.write_bytes(b"ha")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()
    assert path.read_bytes() == b"whole"
    assert names(tmp_path) == ["a.bin"]


@pytest.mark.skipif(os.name != "posix", reason="kills")
def test_parts_of_killed_writers_are_swept_and_those_of_living_ones_are_not(tmp_path):
    path = tmp_path / "a.bin"
    killed_while_writing(path)
    assert len(names(tmp_path)) == 1
    write_atomically(path, b"whole")
    assert names(tmp_path) == ["a.bin"]
    killed_while_writing(path, hidden=True)
    (tmp_path / "mine.part").write_text("not ours")
    with part_of(tmp_path / "b.bin") as living:
        sweep(tmp_path)
        assert living.exists()
        assert names(tmp_path) == sorted(["a.bin", "mine.part", living.name])
    assert names(tmp_path) == ["a.bin", "b.bin", "mine.part"]


def test_names_as_long_as_a_file_system_takes(tmp_path):
    path = tmp_path / ("あ" * 84 + ".x")
    write_atomically(path, b"whole")
    assert names(tmp_path) == [path.name]


def test_many_writers_of_one_file_disturb_none(tmp_path):
    path = tmp_path / "a.bin"
    failed = []

    def write(i):
        try:
            for _ in range(20):
                write_atomically(path, bytes([i]) * 1000)
        except OSError as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert len(set(path.read_bytes())) == 1
    assert names(tmp_path) == ["a.bin"]


def test_what_merely_saves_time_is_not_kept_where_it_cannot_be(tmp_path):
    (tmp_path / "file").write_text("x")
    remember(tmp_path / "file" / "a", b"x")
    remember(tmp_path / "folder" / "a", b"x")
    assert (tmp_path / "folder" / "a").read_bytes() == b"x"
