// The listening bench: the sounds of a group switch at the same position over their pictures; and a
// blind comparison made of the groups of a page. Position is a share of the length, so that the same
// sentence by another speaker, who takes another time for it, goes on at about the same word.
(() => {
  "use strict";

  const WORDS = {
    ja: {
      play: "再生", pause: "一時停止", loop: "繰り返す", position: "位置", seconds: "秒",
      keys: (n) => `キー: 1–${n} で切り替え、スペースで再生、← → で移動、L で繰り返し。`,
      title: "目隠しで聴く (ABX)",
      told: "X は変換された声。A と B は、一方が目標の話者、他方が元の話者の録音である。X の声はどちらに近いか。",
      nearer: (name) => `${name} に近い`, next: "次へ", reset: "得点を消す",
      answer: (hit, caption) => `${hit ? "目標" : "元"}の話者を選んだ。${caption}`,
      cells: "キー: 矢印でセルを移動し、Enter かスペースで再生、もう一度で停止。",
      score: (hits, all) => (all ? `目標の話者を選んだ回数: ${hits} / ${all} (区別がつかなければ半分になる)` : "まだ答えていない。"),
    },
  };
  WORDS.en = {
    play: "Play", pause: "Pause", loop: "Loop", position: "Position", seconds: "s",
    keys: (n) => `Keys: 1–${n} switch, space plays, ← → seek, L loops.`,
    title: "Listen blind (ABX)",
    told: "X is a conversion. Of A and B, one is a recording of the target speaker and the other of the source speaker. Whose voice is nearer to X?",
    nearer: (name) => `${name} is nearer`, next: "Next", reset: "Clear the score",
    answer: (hit, caption) => `You chose the ${hit ? "target" : "source"} speaker. ${caption}`,
    cells: "Keys: arrows move between cells, Enter or space plays, and stops.",
    score: (hits, all) => (all ? `Target speaker chosen: ${hits} of ${all} (half of them if they cannot be told apart)` : "No answer yet."),
  };
  const words = WORDS[document.documentElement.lang] || WORDS.ja;

  const make = (tag, attributes = {}, ...inside) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...inside);
    return element;
  };
  const button = (text, act, attributes = {}) => {
    const made = make("button", { type: "button", ...attributes }, text);
    made.addEventListener("click", act);
    return made;
  };

  // One sound at a time, whatever player it comes from.
  document.addEventListener("play", (event) => {
    for (const other of document.querySelectorAll("audio")) if (other !== event.target) other.pause();
  }, true);

  // blind: lengths are not told, since a conversion is as long as its source.
  const bench = (figure, { blind = false } = {}) => {
    const tracks = [...figure.querySelectorAll(".vox-track")].map((place) => ({
      place, audio: place.querySelector("audio"), seconds: Number(place.dataset.seconds),
    }));
    let current = tracks[0];
    let at = 0; // share of the length
    let wanted = null; // share that a sound is still to be sought to
    let playing = false;
    let frame = 0; // the one that is asked for: a switch must not begin a second row of them

    const play = button("▶", () => toggle(), { class: "vox-play", "aria-label": words.play });
    const loop = button("⟲", () => setLoop(), { "aria-label": words.loop, "aria-pressed": "false" });
    const slider = make("input", { type: "range", min: 0, max: 1000, value: 0, "aria-label": words.position });
    const time = make("span", { class: "vox-time", "aria-hidden": "true" });
    slider.addEventListener("input", () => seek(slider.value / 1000));

    const setLoop = () => loop.setAttribute("aria-pressed", String(loop.getAttribute("aria-pressed") !== "true"));
    const show = () => {
      figure.style.setProperty("--at", at);
      slider.value = Math.round(at * 1000);
      const told = blind ? `${Math.round(at * 100)} %`
        : `${(at * current.seconds).toFixed(1)} / ${current.seconds.toFixed(1)} ${words.seconds}`;
      slider.setAttribute("aria-valuetext", told);
      time.textContent = told;
    };
    const state = () => {
      play.textContent = playing ? "⏸" : "▶";
      play.setAttribute("aria-label", playing ? words.pause : words.play);
      for (const track of tracks) track.pick.setAttribute("aria-pressed", String(track === current));
      show();
    };
    const follow = () => {
      if (!playing) return;
      const { seeking, seekable, currentTime } = current.audio;
      const seeks = !seeking && seekable.length && seekable.end(0) > 0;
      if (wanted !== null && seeks && Math.abs(currentTime - wanted * current.seconds) < 0.5) wanted = null;
      if (wanted === null && !seeking) at = Math.min(1, currentTime / current.seconds);
      show();
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(follow);
    };
    const start = () => {
      for (const track of tracks) track.audio.preload = "auto"; // ready for a switch
      wanted = at;
      current.audio.currentTime = at * current.seconds;
      playing = true;
      current.audio.play().catch((error) => {
        if (error.name !== "AbortError") stop(); // a sound that is fetched whole begins once more
      });
      state();
      follow();
    };
    const stop = () => {
      playing = false;
      for (const track of tracks) track.audio.pause();
      state();
    };
    const toggle = () => {
      if (playing) return stop();
      if (at >= 0.999) at = 0;
      start();
    };
    const seek = (share) => {
      at = Math.max(0, Math.min(1, share));
      if (playing) {
        wanted = at;
        current.audio.currentTime = at * current.seconds;
      }
      show();
    };
    const choose = (track) => {
      const before = current;
      current = track;
      if (playing && before !== track) {
        start();
        before.audio.pause();
      }
      state();
    };

    tracks.forEach((track, i) => {
      const name = track.place.querySelector(".vox-name");
      track.pick = button("", () => choose(track), { class: "vox-name" });
      if (i < 9) {
        track.pick.setAttribute("aria-keyshortcuts", String(i + 1));
        track.pick.append(make("kbd", { "aria-hidden": "true" }, String(i + 1)), " ");
      }
      track.pick.append(...name.childNodes);
      name.replaceWith(track.pick);
      track.audio.removeAttribute("controls");
      track.audio.addEventListener("loadedmetadata", () => {
        if (track === current && wanted !== null) track.audio.currentTime = wanted * track.seconds;
      });
      track.audio.addEventListener("pause", () => {
        if (playing && track === current && !track.audio.ended) stop();
      });
      track.audio.addEventListener("ended", () => {
        if (track !== current) return;
        const again = loop.getAttribute("aria-pressed") === "true";
        at = again ? 0 : 1;
        if (again) start(); else stop();
      });
      const picture = track.place.querySelector(".vox-picture");
      picture?.addEventListener("click", (event) => {
        const box = picture.getBoundingClientRect();
        choose(track);
        seek((event.clientX - box.left) / box.width);
        track.pick.focus({ preventScroll: true });
      });
    });
    figure.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const number = tracks[Number(event.key) - 1];
      if (number) choose(number);
      else if (event.key === " " && event.target !== play && event.target !== loop && !event.target.closest(".vox-answer")) toggle();
      else if (event.key.toLowerCase() === "l") setLoop();
      else if ((event.key === "ArrowLeft" || event.key === "ArrowRight") && event.target !== slider) {
        seek(at + (event.key === "ArrowLeft" ? -0.05 : 0.05));
      } else return;
      event.preventDefault();
      event.stopPropagation();
    });
    const transport = make("div", { class: "vox-transport" }, play, loop, slider, time);
    tracks[0].place.before(transport);
    figure.classList.add("vox-live");
    figure.append(make("p", { class: "vox-keys" }, words.keys(Math.min(9, tracks.length))));
    state();
  };

  // X is a conversion; A and B are the target's recording and the source, in either order.
  const blind = (trials, after) => {
    const key = `vox:abx:${location.pathname}`;
    let score = { hits: 0, all: 0 };
    try { score = JSON.parse(localStorage.getItem(key)) || score; } catch { /* nothing is kept */ }
    const place = make("div");
    const total = make("p", { class: "vox-total" });
    const keep = () => {
      try { localStorage.setItem(key, JSON.stringify(score)); } catch { /* as above */ }
      total.textContent = words.score(score.hits, score.all);
    };
    let left = [];
    const trial = () => {
      if (!left.length) left = trials.slice().sort(() => Math.random() - 0.5);
      const { source, target, output, caption } = left.pop();
      const [a, b] = Math.random() < 0.5 ? [target, source] : [source, target];
      const figure = make("figure", { class: "vox-bench", "aria-label": words.title });
      for (const [name, sound] of [["A", a], ["X", output], ["B", b]]) {
        figure.append(make("div", { class: "vox-track", "data-seconds": sound.seconds },
          make("span", { class: "vox-name" }, name), make("audio", { preload: "none", src: sound.src, "aria-label": name })));
      }
      const told = make("p", { "aria-live": "polite" });
      const row = make("div", { class: "vox-answer" });
      const answer = (chosen) => {
        const hit = chosen === target;
        score = { hits: score.hits + hit, all: score.all + 1 };
        keep();
        told.textContent = words.answer(hit, caption);
        const next = button(words.next, () => { trial(); place.querySelector(".vox-play").focus(); });
        row.replaceChildren(next);
        next.focus();
      };
      row.append(button(words.nearer("A"), () => answer(a)), " ", button(words.nearer("B"), () => answer(b)));
      figure.append(row, told);
      for (const old of place.querySelectorAll("audio")) old.pause();
      place.replaceChildren(figure);
      bench(figure, { blind: true });
    };
    const box = make("details", { class: "vox-abx", id: "abx" }, make("summary", {}, words.title),
      make("p", {}, words.told), place, total,
      button(words.reset, () => { score = { hits: 0, all: 0 }; keep(); }));
    keep();
    trial();
    after.after(box);
  };

  // A table whose cells play: one player, and one cell that the Tab key reaches.
  const matrix = (place) => {
    const rows = [...place.querySelectorAll("tbody tr")].map((row) => [...row.querySelectorAll("audio")]);
    const player = make("audio", { preload: "none" });
    let current = null;
    const show = () => {
      for (const one of place.querySelectorAll("button")) one.setAttribute("aria-pressed", String(one === current && !player.paused));
    };
    const cells = rows.map((row) => row.map((audio) => {
      const text = audio.nextSibling?.textContent.trim() || "▶";
      const cell = button(text, () => {
        if (cell === current && !player.paused) return player.pause();
        if (cell !== current) player.src = audio.getAttribute("src");
        current = cell;
        player.currentTime = 0;
        player.play().catch(show);
      }, { "aria-label": audio.getAttribute("aria-label"), title: audio.getAttribute("aria-label"), tabindex: -1 });
      audio.nextSibling?.remove();
      audio.replaceWith(cell);
      return cell;
    }));
    const focus = (cell) => {
      for (const one of cells.flat()) one.tabIndex = one === cell ? 0 : -1;
    };
    for (const name of ["play", "pause", "ended"]) player.addEventListener(name, show);
    place.addEventListener("focusin", (event) => { if (event.target.matches("button")) focus(event.target); });
    place.addEventListener("keydown", (event) => {
      const y = cells.findIndex((row) => row.includes(event.target));
      const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (y < 0 || !move || event.ctrlKey || event.metaKey || event.altKey) return;
      cells[y + move[0]]?.[cells[y].indexOf(event.target) + move[1]]?.focus();
      event.preventDefault();
    });
    focus(cells[0]?.[0]);
    place.classList.add("vox-live");
    place.append(player);
    place.after(make("p", { class: "vox-keys" }, words.cells));
    show();
  };

  const figures = [...document.querySelectorAll(".vox-bench")];
  const trials = figures.flatMap((figure) => {
    const trial = { caption: figure.querySelector("figcaption")?.textContent || "" };
    for (const track of figure.querySelectorAll("[data-role]")) {
      trial[track.dataset.role] ??= { src: track.querySelector("audio").src, seconds: track.dataset.seconds };
    }
    return trial.source && trial.target && trial.output ? [{ ...trial, figure }] : [];
  });
  // There may be many, so each is a task of its own, between which the page answers.
  const tasks = figures.map((figure) => () => bench(figure));
  for (const place of document.querySelectorAll(".vox-matrix")) tasks.push(() => matrix(place));
  if (trials.length) tasks.push(() => blind(trials, trials.at(-1).figure));
  const next = () => {
    tasks.shift()?.();
    if (tasks.length) setTimeout(next);
  };
  next();
})();
