"""The page itself, by gradio: fields, buttons, and what they call."""

from __future__ import annotations

import html
import os
import signal
import tempfile
from pathlib import Path
from typing import Any

from vox.app.conversion import Request, converters, speakers
from vox.app.learning import Learning, gathered
from vox.errors import VoxError, install, memory_told
from vox.runs.find import VOICES

HOST = "127.0.0.1"  # whoever sits at this machine, and nobody else
OWN = "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; frame-ancestors 'none'"
"""Content-Security-Policy: a browser asks no other host, whatever a library's page may name."""
CSS = """
.vox-pair { display: flex; flex-wrap: wrap; gap: 1rem }
.vox-pair figure { flex: 1 1 18rem; min-width: 0; margin: 0 }
.vox-pair audio, .vox-pair img { display: block; width: 100%; margin-top: .5rem }
.vox-told { min-height: 1.5em } .vox-told progress { width: 100% }
.vox-told [role=alert] { border-left: 4px solid #dc2626; padding-left: .75em }
:focus-visible { outline: 3px solid #1d4ed8 !important; outline-offset: 2px }
"""
ENGLISH = "() => { document.documentElement.lang = 'en' }"
WAYS = [
    ("add it to the chosen converter (minutes)", "adapt"),
    ("train a converter from the start (longer; a folder of several speakers)", "train"),
]
PITCHES = [("the voice's", "target"), ("the source's", "keep"), ("semitones", "semitones")]


def _gradio() -> Any:
    # before it is imported: it would ask its makers' host for its newest version
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        import gradio
    except ImportError as error:
        raise VoxError(f"the app needs gradio: {install('app')}, or make app") from error
    return gradio


def _said(text: str, *, wrong: bool = False, share: float | None = None) -> str:
    """Return a sentence that a screen reader reads out when it appears."""
    bar = "" if share is None else f'<progress max="1" value="{share:.3f}">{share:.0%}</progress>'
    role = "alert" if wrong else "status"
    return f'<div class="vox-told"><p role="{role}">{html.escape(text)}</p>{bar}</div>'


def _theme(gr: Any) -> Any:
    """Return a look of the fonts that the system has, whose hints are dark enough to be read."""
    fonts = {"font": ["system-ui", "sans-serif"], "font_mono": ["ui-monospace", "monospace"]}
    return gr.themes.Base(**fonts).set(
        block_info_text_color="*neutral_600", block_info_text_color_dark="*neutral_300",
        block_title_text_color="*neutral_700", block_label_text_color="*neutral_700",
        block_title_text_color_dark="*neutral_200", block_label_text_color_dark="*neutral_200",
    )  # fmt: skip


def page(learning: Learning, folder: Path) -> Any:
    """Return the page as gradio's blocks.

    Parameters
    ----------
    learning
        What trains, and where runs are kept.
    folder
        For what is converted; its files can be downloaded.
    """
    gr = _gradio()
    known = converters(learning.directory)

    def convert(
        source: str, run: str, speaker: str, strength: float, pitch: str, moved: float,
        formant: float,
    ) -> tuple[Any, ...]:  # fmt: skip
        try:
            wanted: str | float = moved if pitch == "semitones" else pitch
            with memory_told():
                done = Request(source, run, speaker, strength, wanted, formant).converted(folder)
        except VoxError as error:
            return _said(str(error), wrong=True), "", gr.update(value=None, interactive=False)
        return _said(done.told), done.page(), gr.update(value=str(done.file), interactive=True)

    def voices(run: str) -> Any:
        try:
            names = speakers(run)
        except VoxError:
            names = []
        added = run != str(VOICES)  # what was learned last comes last, and is what is wanted
        return gr.update(choices=names, value=names[-1 if added else 0] if names else None)

    def learn(files: list[str], name: str, corpus: str, way: str, run: str) -> tuple[Any, ...]:
        try:
            learning.check_free()  # before what it reads is replaced
            left_out: list[Any] = []
            if files and corpus.strip():
                raise VoxError("Give recordings or a folder, not both.")
            if corpus.strip():
                place = Path(corpus.strip()).expanduser()
            else:
                place, left_out = gathered(files or [], name or "", learning.directory)
            if way == "train":
                learning.train(place)
            else:
                learning.adapt(run, place)
        except VoxError as error:
            watched = gr.update(active=learning.running)  # what runs is watched on
            return _said(str(error), wrong=True), gr.update(), watched
        told = "".join(f" Left out: {problem}." for problem in left_out)
        return _said(learning.told + told), gr.update(interactive=True), gr.update(active=True)

    def look(shown: str) -> tuple[Any, ...]:
        if learning.running:
            said = _said(learning.told, share=learning.share)
            return said, gr.update(interactive=True), gr.update(), gr.update()
        wrong = not learning.made and learning.told.startswith("It could not")
        said = _said(learning.told, wrong=wrong)
        chosen = gr.update(choices=converters(learning.directory))
        if learning.made:
            chosen = gr.update(choices=converters(learning.directory), value=learning.made)
        return said, gr.update(interactive=False), chosen, gr.update(active=False)

    def stop() -> str:
        learning.stop()
        return _said(learning.told)

    def opened() -> tuple[Any, ...]:
        running = learning.running
        return (
            _said(learning.told if running or learning.made else ""),
            gr.update(interactive=running),
            gr.update(choices=converters(learning.directory)),
            gr.update(active=running),
        )

    with gr.Blocks(title="vox", analytics_enabled=False) as blocks:
        gr.Markdown(
            "# Change a voice\n\nNothing leaves this machine. Convert only voices whose owners "
            "agree, and say that what you made is converted."
        )
        with gr.Row():
            with gr.Column():
                source = gr.Audio(
                    label="Sound to convert: drop a file, or record", type="filepath",
                    sources=["upload", "microphone"], editable=False, buttons=[],
                    elem_id="source",
                )  # fmt: skip
                run = gr.Dropdown(known, value=known[0][1], label="Converter", elem_id="run")
                names = speakers(known[0][1])
                voice = gr.Dropdown(names, value=names[0], label="Voice", elem_id="voice")
            with gr.Column():
                strength = gr.Slider(
                    0,
                    1,
                    1,
                    step=0.05,
                    label="Strength",
                    info="0 is the source, 1 the voice",
                    elem_id="strength",
                )
                pitch = gr.Radio(PITCHES, value="target", label="Pitch", elem_id="pitch")
                moved = gr.Slider(
                    -12, 12, 0, step=0.5, label="Semitones", visible=False,
                    info="above the source's pitch", elem_id="semitones",
                )  # fmt: skip
                formant = gr.Slider(
                    -6, 6, 0, step=0.5, label="Formants in semitones",
                    info="up: a shorter vocal tract",
                )  # fmt: skip
                convert_button = gr.Button("Convert", variant="primary", elem_id="convert")
        told = gr.HTML(_said(""), elem_id="told")
        pair = gr.HTML(elem_id="pair")
        download = gr.DownloadButton("Download the conversion", interactive=False, elem_id="load")
        gr.Markdown(
            "## Learn a voice\n\nA few minutes of one speaker, with little noise and no music; "
            "more is better."
        )
        with gr.Row():
            with gr.Column():
                files = gr.File(
                    label="Recordings of one voice: drop files, or click and choose a folder",
                    file_count="directory", elem_id="files",
                )  # fmt: skip
            with gr.Column():
                name = gr.Textbox(label="Name of the voice", max_lines=1, elem_id="name")
                corpus = gr.Textbox(
                    label="Or a folder on this machine", max_lines=1, elem_id="corpus",
                    info="in it a folder for each speaker, or a metadata.csv",
                )  # fmt: skip
                way = gr.Radio(WAYS, value="adapt", label="How", elem_id="way")
        with gr.Row():
            learn_button = gr.Button("Learn, or go on", variant="primary", elem_id="learn")
            stop_button = gr.Button("Stop", interactive=False, elem_id="stop")
        progress = gr.HTML(_said(""), elem_id="progress")
        timer = gr.Timer(1.0, active=False)

        asked = [source, run, voice, strength, pitch, moved, formant]
        convert_button.click(convert, asked, [told, pair, download], show_progress="minimal")
        run.change(voices, run, voice)
        pitch.change(lambda p: gr.update(visible=p == "semitones"), pitch, moved)
        watched = [progress, stop_button, run, timer]
        learn_button.click(learn, [files, name, corpus, way, run], [progress, stop_button, timer])
        timer.tick(look, progress, watched, show_progress="hidden")
        stop_button.click(stop, None, progress)
        blocks.load(opened, None, watched, show_progress="hidden")
        blocks.load(None, None, None, js=ENGLISH)
    return blocks


class OwnHostOnly:
    """Tells the browser, with every answer, to ask nobody but this server.

    Parameters
    ----------
    app
        What answers, by ASGI.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request."""

        async def told(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message.get("headers", ()), (b"content-security-policy", OWN.encode())
                ]  # fmt: skip
            await send(message)

        await self.app(scope, receive, told)


def serve(
    directory: str | Path = "runs", port: int | None = None, *, browser: bool = False
) -> None:
    """Serve the page on this machine until Ctrl-C.

    Parameters
    ----------
    directory
        Where runs are kept.
    port
        To listen at; the first free one from 7860, if None.
    browser
        Open it in the browser.

    Raises
    ------
    VoxError
        gradio is missing, or the port is none or taken.
    """
    if port is not None and not 1 <= port < 2**16:
        raise VoxError(f"port {port}: a port is a number from 1 to {2**16 - 1}")
    gr = _gradio()
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    # however it is ended, what is being learned leaves its checkpoint
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    learning = Learning(directory)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GRADIO_TEMP_DIR"] = folder  # what was dropped goes with the page
        blocks = page(learning, Path(folder))
        # a page elsewhere could name this machine by a name of its own
        hosts = Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])
        try:
            _, address, _ = blocks.queue(default_concurrency_limit=1).launch(
                server_name=HOST, server_port=port, share=False, inbrowser=browser, quiet=True,
                prevent_thread_lock=True, ssr_mode=False, footer_links=[], run_history=False,
                theme=_theme(gr),
                css=CSS, allowed_paths=[folder], enable_monitoring=False, pwa=False,
                app_kwargs={"middleware": [hosts, Middleware(OwnHostOnly)]},
            )  # fmt: skip
        except OSError as error:
            raise VoxError(f"port {port}: {error}") from error
        try:
            print(f"Open it in a browser:  {address}", flush=True)
            print("Ctrl-C ends it.", flush=True)
            blocks.block_thread()
        finally:
            learning.end()
            blocks.close()
