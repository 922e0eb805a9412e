// What pages do in the browser beyond Material: boxes that remember, tables that sort, players that
// can be sought, mathematics. Everything works from a folder of files, without a server.
(() => {
  "use strict";

  // Boxes remember whether they were open, a page at a time; an address with #id opens its box.
  const remember = (box, place) => {
    const key = `vox:${location.pathname}:${box.id || place}`;
    let kept = null;
    try { kept = localStorage.getItem(key); } catch { /* private mode: nothing is kept */ }
    if (kept !== null) box.open = kept === "open";
    box.addEventListener("toggle", () => {
      try { localStorage.setItem(key, box.open ? "open" : "closed"); } catch { /* as above */ }
    });
  };
  const reveal = () => {
    let target = null;
    try { target = document.getElementById(decodeURIComponent(location.hash.slice(1))); } catch { /* no id */ }
    for (let box = target; box; box = box.parentElement) if (box.tagName === "DETAILS") box.open = true;
  };

  // A column is sorted by a click on its head, as numbers where all its cells are.
  const sortable = (table) => {
    const body = table.tBodies[0];
    const labels = [...table.tHead.rows[0].cells].map((head) => head.textContent);
    for (const row of body.rows) [...row.cells].forEach((cell, i) => { cell.dataset.label = labels[i]; });
    table.classList.add("vox-labelled"); // a phone shows rows as cards
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const text = (row) => row.cells[column].textContent;
        const number = (row) => (text(row) === "—" ? -Infinity : Number(text(row)));
        const numbers = [...body.rows].every((row) => !Number.isNaN(number(row)));
        const order = numbers ? (a, b) => number(a) - number(b) : (a, b) => text(a).localeCompare(text(b), "ja");
        body.append(...[...body.rows].sort((a, b) => (down ? order(b, a) : order(a, b))));
      });
    });
  };

  // A server without byte ranges lets nothing be sought: the whole file is fetched when it is played.
  document.addEventListener("loadedmetadata", async ({ target: audio }) => {
    const whole = audio.seekable.length && audio.seekable.end(0) > 0;
    if (whole || audio.src.startsWith("blob:") || !location.protocol.startsWith("http")) return;
    const playing = !audio.paused;
    const at = audio.currentTime;
    const sound = await (await fetch(audio.src)).blob();
    audio.src = URL.createObjectURL(sound);
    audio.currentTime = at;
    if (playing) audio.play();
  }, true);

  document.querySelectorAll("details").forEach(remember);
  // One switch for all code.
  const code = document.querySelector(".vox-switch");
  code?.addEventListener("click", () => {
    const open = code.getAttribute("aria-pressed") !== "true";
    code.setAttribute("aria-pressed", String(open));
    for (const box of document.querySelectorAll("details.vox-code")) box.open = open;
  });
  code?.removeAttribute("hidden");
  // What scrolls sideways can be reached by the keyboard. It is looked at whenever it gets its size,
  // which is when it comes near: what is out of sight has none yet.
  const sized = new ResizeObserver((seen) => {
    for (const { target } of seen) if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
  });
  for (const box of document.querySelectorAll(".vox-wide, .vox-output")) sized.observe(box);
  addEventListener("load", () => { // Material wraps tables itself
    for (const box of document.querySelectorAll(".md-typeset__scrollwrap")) box.tabIndex = 0;
  });
  document.querySelectorAll("table.vox-sortable").forEach(sortable);
  reveal();
  addEventListener("hashchange", reveal);
  if (window.renderMathInElement) {
    for (const place of document.querySelectorAll(".arithmatex")) {
      renderMathInElement(place, {
        delimiters: [
          { left: "\\(", right: "\\)", display: false },
          { left: "\\[", right: "\\]", display: true },
        ],
      });
    }
  }
})();
