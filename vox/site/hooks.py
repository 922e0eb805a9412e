"""What MkDocs calls while it builds: collections, links, notebooks, generated tables.

Listed under ``hooks`` in mkdocs.yml; nothing else imports it. It works with properdocs too, which
is why no class of MkDocs is imported here.
"""

from __future__ import annotations

import copy
import functools
import html
import re
from pathlib import Path, PurePosixPath
from typing import Any

import click

from vox import language
from vox.english import WORDS
from vox.errors import VoxError
from vox.language import LANGUAGES, Words
from vox.site import (
    assets,
    bench,
    comparison,
    diagrams,
    losses,
    navigation,
    notebooks,
    parameters,
    pictures,
    prose,
)
from vox.site.entries import Entries, Entry
from vox.site.reading import FRONT, LONGEST, entry_of, notebook_of

_entries: dict[str, Entries] = dict.fromkeys(LANGUAGES, Entries(()))
_words: dict[str, Words] = {}
"""Of the whole site by ``""``, of a notebook by its name."""
_nav: list[Any] = []
_own: dict[str, str] = {}
"""What the configuration calls things, in Japanese."""
_styles: list[Any] = []
_MODULE = '<div class="doc doc-object doc-module">'
_LINK = re.compile(r"\[([^\]\[]*)\]\(([^)\s#]*)(#[^)\s]*)?\)")
_ISSUE = re.compile(r"[\w-]+(/[\w-]+)*")
_FENCE = re.compile(r"(^```.*?^```$)", re.M | re.S)
_PUNCTUATION = re.compile(r"([\\\[\]()*_`!])")
_ABSTRACT = re.compile(r"<details([^>]*>\s*<summary>Abstract \(English\))")


class PageError(VoxError, click.ClickException):
    """A page that says of itself what nobody can read: the program prints the message alone."""

    def __init__(self, message: str) -> None:
        click.ClickException.__init__(self, message)


def on_files(files: Any, config: Any) -> Any:
    """Read what every page says of itself; make the English pages, and those of bare issues."""
    try:
        return _collected(files, config)
    except VoxError as error:
        raise PageError(str(error)) from error


def _collected(files: Any, config: Any) -> Any:
    notes = {f.src_uri: notebook_of(f) for f in files if f.src_uri.endswith(".ipynb")}
    spoken = {uri: language.beside(notebook) for uri, notebook in notes.items()}
    titles = {}
    for notebook in notes.values():
        ja, en = (notebooks.front_matter(notebook, tongue) for tongue in LANGUAGES)
        if "title" in ja:
            titles[html.unescape(ja["title"])] = html.unescape(en["title"])
    _words.clear()
    _words[""] = Words(*spoken.values(), titles, WORDS)
    for uri in notes:
        _words[_name(uri, "")] = Words(WORDS, titles, spoken[uri])
    for spoken_in in LANGUAGES:
        folder = _home(spoken_in)
        if spoken_in == "en":
            _translate(files, config)
        mine = [file for file in files if language.of(file.src_uri) == spoken_in]
        found = {e.name: e for file in mine if (e := entry_of(file))}
        named = {name for entry in found.values() for name in entry.issues}
        for name in sorted(named):
            if not _ISSUE.fullmatch(name) or len(name) > LONGEST:
                by = next(entry.name for entry in found.values() if name in entry.issues)
                raise VoxError(
                    f"{by}: {name!r:.80} names no issue; an issue is written like module/vox"
                )
            parts = PurePosixPath(name)
            above = [str(parent) for parent in parts.parents if "/" in str(parent)]
            for issue in (name, *above):  # a parent is an issue too, down to two names
                uri = f"{folder}issues/{issue}.md"
                if files.get_file_from_path(uri):
                    continue
                text = _say(spoken_in, "この課題の説明はまだない。")
                file = _generated(files, config, uri, f"---\ntitle: {issue}\n---\n\n{text}\n")
                files.append(file)
                found[issue] = Entry("issues", issue, issue, file.url)
        _entries[spoken_in] = Entries(found.values())
    return files


def _translate(files: Any, config: Any) -> None:
    """Make an English page of every page that nobody wrote in English."""
    for file in list(files):
        uri = f"en/{PurePosixPath(file.src_uri).with_suffix('.md')}"
        source = Path(file.abs_src_path or "")
        if file.src_uri.startswith("en/") or source.suffix not in (".md", ".ipynb"):
            continue
        if file.src_uri.endswith(".ipynb"):
            text = notebooks.english(source, _words[_name(file.src_uri, "")])
        elif files.get_file_from_path(uri):
            continue
        else:  # as it is, until somebody writes it
            front = FRONT.match(whole := source.read_text(encoding="utf-8"))
            text = (front[0] if front else "") + language.missing(
                whole[front.end() if front else 0 :]
            )
        files.append(_generated(files, config, uri, text))


def _generated(files: Any, config: Any, uri: str, text: str) -> Any:
    kind = type(files.get_file_from_path("index.md"))
    return kind.generated(config, uri, content=text)


def _told(spoken: str, text: str) -> str:
    """What a record says, in whatever language where the other is not known."""
    return (_words[""].english(text) or text) if spoken == "en" else text


def _say(spoken: str, text: str) -> str:
    return _words[""].say(text) if spoken == "en" else text


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
    entry, spoken = _of(page), language.of(page.file.src_uri)
    if entry and entry.date:
        page.update_date = entry.date
    if entry and entry.kind == "posts":
        page.meta.setdefault("search", {"boost": 1.5})  # a post is about one matter
    seen: set[str] = set()

    def linked(found: re.Match[str]) -> str:
        text, target, anchor = found[1], found[2], found[3] or ""
        other = _entries[spoken].by_name.get(_name(target, page.file.src_uri))
        if other is None:
            return found[0]
        if spoken == "en":  # where a notebook's page is made of Markdown
            target = re.sub(r"\.ipynb$", ".md", target)
        if entry:
            entry.links.add(other.name)
        if text != other.name:
            return f"[{text}]({target}{anchor})"
        first = other.name not in seen
        seen.add(other.name)
        title = _PUNCTUATION.sub(r"\\\1", other.title.partition(" — ")[2] or other.title)
        quoted = f"{text} “{title}”" if spoken == "en" else f"{text}「{title}」"
        shown = quoted if first and title != text else text
        return f'[{shown}]({target}{anchor} "{title}")'

    parts = _FENCE.split(markdown)  # what stands in code is not touched
    text = "".join(p if i % 2 else _LINK.sub(linked, p) for i, p in enumerate(parts))
    if entry:
        entries = _entries["ja"]  # sounds are named as the records name them
        above = entries.by_name.get(entry.parent or "")
        folder = Path(config["docs_dir"]) / entry.kind
        parent = (above.name, above.heard) if above else None
        text = bench.mounted(text, folder, parent, entries.said)
        text = losses.laid(text, entries.by_name.get(entry.name, entry), above)
        text = pictures.shown(text, folder)
        if spoken == "en":
            names = "|".join(["sounds", entry.name, *([above.name] if above else [])])
            mine = rf'(src|<image[^>]* href)="(?=(?:{names})/)'
            text = re.sub(mine, rf'\1="../../{entry.kind}/', text)
        if entry.kind == "experiments":
            text = parameters.inserted(text, entry.name)
    try:
        return comparison.filled(text, _entries["ja"], "../" * page.url.count("/"), _home(spoken))
    except VoxError as error:
        raise PageError(f"{page.file.src_uri}: {error}") from error


def _home(spoken: str) -> str:
    """The folder of a language, from the site's root."""
    return "en/" if spoken == "en" else ""


def on_page_content(content: str, page: Any, config: Any, files: Any) -> str:
    """Put what is Japanese into English, diagrams into drawings; lead footnotes back; sum up."""
    entry = _of(page)
    if language.of(page.file.src_uri) == "en":
        words = _words.get(entry.name if entry else "", _words[""])
        content = words.content(content)
        if language.UNTRANSLATED in content:
            told = "Parts of this page are not in English yet; they are shown in Japanese."
            content = f'<p class="vox-missing">{told}</p>{content}'
    else:
        content = _ABSTRACT.sub(r'<details lang="en"\1', content)
    told = prose.summary(content, below_heading=bool(entry and entry.kind == "experiments"))
    if told:
        page.meta.setdefault("description", html.escape(told))
    if entry:
        entry.summary = told
    back = _say(language.of(page.file.src_uri), "本文に戻る")
    return prose.footnotes(diagrams.shown(content, Path(config["docs_dir"]) / "diagrams"), back)


def _name(target: str, source: str) -> str:
    """The name of the entry that a relative link leads to."""
    parts: list[str] = []
    for part in (PurePosixPath(source).parent / target).parts:
        if part == "..":
            parts = parts[:-1]
        else:
            parts.append(part)
    if parts[:1] == ["en"]:
        parts = parts[1:]
    return str(PurePosixPath(*parts[1:]).with_suffix("")) if len(parts) > 1 else ""


def _of(page: Any) -> Entry | None:
    uri = PurePosixPath(page.file.src_uri)
    entries = _entries[language.of(page.file.src_uri)]
    return entries.by_name.get(_name(uri.name, page.file.src_uri))


def on_nav(nav: Any, config: Any, files: Any) -> Any:
    """Keep the pages of both languages' navigation; a page is shown those of its own.

    Folders, which MkDocs finds by itself where no navigation is configured, are no tabs.
    """
    _nav[:] = [item for item in nav.items if hasattr(item, "file")]
    return nav


def on_env(env: Any, config: Any, files: Any) -> Any:
    """Show the API in English as well: mkdocstrings can write names on one page alone."""
    _styles[:] = config["extra_css"]
    both = [files.get_file_from_path(f"{_home(each)}api.md") for each in LANGUAGES]
    if None in both:  # a site without it
        return env
    ja, en = (file.page for file in both)
    ja.content = ja.content.replace(_MODULE, _MODULE.replace("<div", '<div lang="en"'))
    en.content = _words[""].content(notebooks.ABSTRACT.sub("", ja.content))
    en.meta["description"] = html.escape(prose.summary(en.content))
    en.toc = copy.deepcopy(ja.toc)
    for link in en.toc:
        link.title = _words[""].english(link.title) or link.title
    return env


on_env.mkdocs_priority = -100  # type: ignore[attr-defined]  # when references are resolved


def on_page_context(context: dict[str, Any], page: Any, config: Any, nav: Any) -> dict[str, Any]:
    """Let templates see the collections, and mark the tab that a page belongs to."""
    entry, spoken = _of(page), language.of(page.file.src_uri)
    mine = [item for item in _nav if language.of(item.file.src_uri) == spoken]
    nav.homepage = next(iter(mine), None)
    nav.items = navigation.tabs(mine, page, entry, _entries[spoken])
    bare = page.url.removeprefix("en/")
    links = {each: _home(each) + bare for each in LANGUAGES}
    api = 'class="doc ' in page.content  # the only pages that mkdocstrings' style sheet is for
    config["extra_css"] = [x for x in _styles if api or "mkdocstrings" not in str(x)]
    docs = Path(config["docs_dir"])

    def size(other: Entry) -> tuple[int, int] | None:
        """Of the small picture of an entry."""
        return pictures.small_size(docs / other.kind / (other.picture or {}).get("file", ""))

    preview = pictures.preview(entry, docs)
    own = {"entry": entry, "links": links, "preview": preview, "size": size}
    return {**context, **own, **_spoken(config, spoken)}


def on_template_context(context: dict[str, Any], template_name: str, config: Any) -> dict[str, Any]:
    """Let the feeds see the collections."""
    return {**context, **_spoken(config, language.of(template_name))}


def _spoken(config: Any, spoken: str) -> dict[str, Any]:
    """Let the theme speak a language, and return what templates need for it."""
    config.theme["language"] = spoken
    for name in ("site_name", "site_description"):
        _own.setdefault(name, config[name] or "")
        config[name] = _say(spoken, _own[name])
    for part in config.theme.get("palette", ()):  # another theme has none
        label = _own.setdefault(part["media"], part["toggle"]["name"])
        part["toggle"]["name"] = _say(spoken, label)
    own = {"experiments": "実験", "issues": "課題", "posts": "記事"}
    return {
        "entries": _entries[spoken],
        "home": _home(spoken),
        "say": functools.partial(_say, spoken),
        "told": functools.partial(_told, spoken),
        "spoken": spoken,
        "titles": {kind: _say(spoken, title) for kind, title in own.items()},
    }


def on_post_build(config: Any) -> None:
    """Make what stands beside the pages."""
    docs, site = Path(config["docs_dir"]), Path(config["site_dir"])
    sitemap = site / "sitemap.xml"
    if sitemap.is_file():  # the theme looks for it in the home of each language
        (site / "en" / "sitemap.xml").write_bytes(sitemap.read_bytes())
    own = _entries["ja"].by_name.values()
    assets.pictures(own, docs, site)
    assets.notebooks(own, docs, site)
    assets.search(site, LANGUAGES)
    for spoken in LANGUAGES:
        assets.previews(site, spoken, _entries[spoken], functools.partial(_say, spoken))
