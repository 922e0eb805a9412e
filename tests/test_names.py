"""Names: printed without what a terminal obeys, known however they are composed."""

import unicodedata

import pytest

from vox.errors import VoxError, unknown
from vox.labels import LabelSpace
from vox.names import clean, listed, printable, printable_lines, readable
from vox.table import Table


@pytest.mark.parametrize("code", [*range(32), *range(127, 160), 0x2028, 0x202E, 0x2066, 0xDCFF])
def test_what_steers_a_terminal_is_escaped_everywhere(code):
    name = f"a{chr(code)}b"
    assert printable(name).isascii() == printable(name).isprintable() is True
    assert clean(name) == printable(name)
    assert chr(code) not in listed([name])
    assert chr(code) not in str(unknown("speaker", name, [name]))
    if code != 10:
        assert chr(code) not in str(Table(("name",), [(name,)]))
        assert chr(code) not in printable_lines(name)
        assert chr(code) not in VoxError(name)._render_traceback_()[0]
    assert readable(name) is (code in (0x202E, 0x2066))


@pytest.mark.parametrize("name", ["山田　太郎", "a\u00a0b", "ann👩\u200d🎤", "می\u200cخواهم"])
def test_names_of_people_are_printed_as_they_are(name):
    assert printable(name) == name
    assert readable(name)


def test_labels_are_found_however_they_are_composed():
    """Also those of runs that were trained on decomposed names."""
    nfd = unicodedata.normalize("NFD", "がく")
    for kept in (nfd, "がく"):
        labels = LabelSpace.of({"speaker": ["ann", kept]})
        for asked in (nfd, "がく"):
            assert labels.index(speaker=asked).tolist() == [1]
