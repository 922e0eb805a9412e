"""What MkDocs calls while it builds: collections, links, notebooks, generated tables.

Listed under ``hooks`` in mkdocs.yml; nothing else imports it. It works with properdocs too, which
is why no class of MkDocs is imported here.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Any

import click
import yaml

from vox.errors import VoxError
from vox.site import bench, comparison, diagrams, front_matter, notebooks
from vox.site.entries import KINDS, Entries, Entry

_entries = Entries(())
_LINK = re.compile(r"\[([^\]\[]*)\]\(([^)\s#]*)(#[^)\s]*)?\)")
_ISSUE = re.compile(r"[\w-]+(/[\w-]+)*")
_MARKER = re.compile(r"<!-- vox: (\w+)((?: \w+)*) -->")
_FENCE = re.compile(r"(^```.*?^```$)", re.M | re.S)
_PUNCTUATION = re.compile(r"([\\\[\]()*_`!])")
_LONGEST = 120  # characters of a name: it becomes that of a file
_FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.S)


class PageError(VoxError, click.ClickException):
    """A page that says of itself what nobody can read: the program prints the message alone."""

    def __init__(self, message: str) -> None:
        click.ClickException.__init__(self, message)


def on_files(files: Any, config: Any) -> Any:
    """Read what every page says of itself, and make a page for each issue that has none."""
    try:
        return _collected(files, config)
    except VoxError as error:
        raise PageError(str(error)) from error


def _collected(files: Any, config: Any) -> Any:
    global _entries
    found = {e.name: e for file in files if (e := _entry(file))}
    named = {name for entry in found.values() for name in entry.issues}
    for name in sorted(named):
        if not _ISSUE.fullmatch(name) or len(name) > _LONGEST:
            by = next(entry.name for entry in found.values() if name in entry.issues)
            raise VoxError(
                f"{by}: {name!r:.80} names no issue; an issue is written like module/vox"
            )
        parts = PurePosixPath(name)
        above = [str(parent) for parent in parts.parents if "/" in str(parent)]
        for issue in (name, *above):  # a parent is an issue too, down to two names
            uri = f"issues/{issue}.md"
            if files.get_file_from_path(uri):
                continue
            text = f"---\ntitle: {issue}\n---\n\nこの課題の説明はまだない。\n"
            file = type(files.get_file_from_path("index.md")).generated(config, uri, content=text)
            files.append(file)
            found[issue] = Entry("issues", issue, issue, file.url)
    _entries = Entries(found.values())
    return files


def _entry(file: Any) -> Entry | None:
    path = PurePosixPath(file.src_uri)
    kind = path.parts[0]
    if kind not in KINDS or path.name == "index.md" or path.suffix not in (".md", ".ipynb"):
        return None
    source = Path(file.abs_src_path)
    meta = _said(source, file.src_uri)
    heard: list[bench.Group] = []
    if path.suffix == ".ipynb":
        heard = bench.groups(notebooks.markdown(notebooks.read(source)), source.parent)
    inside = path.relative_to(kind).with_suffix("")
    name = str(inside) if kind != "experiments" else str(meta.get("id", inside))
    if not re.fullmatch(r"[\w/-]+", name) or len(name) > _LONGEST:
        raise VoxError(f"{file.src_uri}: {name!r:.80} is no name for a page")
    title = str(meta.get("title", name))
    return Entry(kind, name, title, file.url, str(meta.get("date", "")), meta, heard)


def _said(source: Path, where: str) -> dict[str, Any]:
    """What a page says of itself, escaped: its metadata, or the YAML that it begins with."""
    if source.suffix == ".ipynb":
        notebook = notebooks.read(source)
        front_matter.checked(notebook["metadata"].get("vox"), where)
        return notebooks.front_matter(notebook)
    try:
        front = _FRONT.match(source.read_text(encoding="utf-8"))
        said = notebooks.escaped(yaml.safe_load(front[1])) if front else {}
    # of a day that does not exist yaml raises ValueError, of a list as a key TypeError
    except (yaml.YAMLError, ValueError, TypeError, RecursionError, AttributeError) as error:
        told = " ".join(str(error).split())[:200]
        raise VoxError(f"{where}: its front matter cannot be read: {told}") from error
    return front_matter.checked(said, where)


def on_pre_page(page: Any, config: Any, files: Any) -> Any:
    """Give notebooks back the rendering of ordinary pages, which mkdocs-jupyter replaced."""
    page.__dict__.pop("render", None)
    return page


def on_page_read_source(page: Any, config: Any) -> str | None:
    """Read a notebook as Markdown."""
    if page.file.src_uri.endswith(".ipynb"):
        return notebooks.page(Path(page.file.abs_src_path))
    return None


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Name the experiments that are linked to, note who links to whom, fill in what is counted."""
    entry = _of(page)
    if entry and entry.date:
        page.update_date = entry.date
    if entry and entry.kind == "posts":
        page.meta.setdefault("search", {"boost": 1.5})  # a post is about one matter
    seen: set[str] = set()

    def linked(found: re.Match[str]) -> str:
        text, target, anchor = found[1], found[2], found[3] or ""
        other = _entries.by_name.get(_name(target, page.file.src_uri))
        if other is None:
            return found[0]
        if entry:
            entry.links.add(other.name)
        if text != other.name:
            return found[0]
        first = other.name not in seen
        seen.add(other.name)
        title = _PUNCTUATION.sub(r"\\\1", other.title.partition(" — ")[2] or other.title)
        shown = f"{text}「{title}」" if first and title != text else text
        return f'[{shown}]({target}{anchor} "{title}")'

    parts = _FENCE.split(markdown)  # what stands in code is not touched
    text = "".join(p if i % 2 else _LINK.sub(linked, p) for i, p in enumerate(parts))
    if entry:
        above = _entries.by_name.get(entry.parent or "")
        folder = Path(page.file.abs_src_path).parent
        text = bench.mounted(text, folder, (above.name, above.heard) if above else None)
        text = bench.sized(text, folder)
    up = "../" * page.url.count("/")  # what is generated is written as from the site's root

    def generated(marker: re.Match[str]) -> str:
        made = comparison.MARKERS[marker[1]](_entries, *marker[2].split())
        return re.sub(r'(href|src)="(?=experiments/)', rf'\1="{up}', made)

    return _MARKER.sub(generated, text)


def on_page_content(content: str, page: Any, config: Any, files: Any) -> str:
    """Show diagrams as drawings, and let footnotes go back to where they are named."""
    return _footnotes(diagrams.shown(content, Path(config["docs_dir"]) / "diagrams"))


def _footnotes(content: str) -> str:
    for note in re.findall(r'<a id="fn(\w+)"></a>', content):
        named = f'<sup><a href="#fn{note}">'
        if named in content:
            content = content.replace(named, f'<sup id="fnref{note}"><a href="#fn{note}">', 1)
            back = f'<a href="#fnref{note}" title="本文に戻る" aria-label="本文に戻る">↩</a> '
            content = content.replace(f'<a id="fn{note}"></a>', f'<a id="fn{note}"></a>{back}')
    return content


def _name(target: str, source: str) -> str:
    """The name of the entry that a relative link leads to."""
    parts: list[str] = []
    for part in (PurePosixPath(source).parent / target).parts:
        if part == "..":
            parts = parts[:-1]
        else:
            parts.append(part)
    return str(PurePosixPath(*parts[1:]).with_suffix("")) if len(parts) > 1 else ""


def _of(page: Any) -> Entry | None:
    uri = PurePosixPath(page.file.src_uri)
    return _entries.by_name.get(_name(uri.name, page.file.src_uri))


def on_page_context(context: dict[str, Any], page: Any, config: Any, nav: Any) -> dict[str, Any]:
    """Let templates see the collections, and mark the tab that a page belongs to."""
    entry = _of(page)
    own = {"experiments": "実験", "issues": "課題", "posts": "記事"}
    for item in nav.items:
        item.active = item is page or bool(entry and item.url == f"{entry.kind}/index.html")
    return {**context, "entries": _entries, "entry": entry, "titles": own}


def on_template_context(context: dict[str, Any], template_name: str, config: Any) -> dict[str, Any]:
    """Let the feed see the collections."""
    return {**context, "entries": _entries}


def on_post_build(config: Any) -> None:
    """Draw the sounds of all benches, make pictures small, make the search index a script.

    A script is read from a folder of files too, where nothing can be fetched.
    """
    docs, site = Path(config["docs_dir"]), Path(config["site_dir"])
    for entry in _entries.by_name.values():
        for sound in (sound for group in entry.heard for sound in group.sounds):
            file = docs / entry.kind / sound.file
            picture = site / entry.kind / bench.picture_of(sound.file)
            picture.write_bytes(bench.picture(file, file.stat().st_mtime))
        file = docs / entry.kind / (entry.picture or {}).get("file", "")
        if entry.thumbnail and file.is_file():
            small = bench.small(file, file.stat().st_mtime)
            (site / entry.kind / entry.thumbnail).write_bytes(small)
    index = site / "search" / "search_index.json"
    text = index.read_text(encoding="utf-8")
    index.with_suffix(".js").write_text(f"window.__vox_index = {text}\n", encoding="utf-8")
    index.unlink()
