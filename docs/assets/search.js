// Search: every section that holds what is asked, as it is written, so that Japanese needs no
// division into words. The index is a script, fetched when search is opened: it works from a folder
// of files too. A page with all terms comes before one with some of their parts.
(() => {
  "use strict";

  const form = document.forms.namedItem("vox-search");
  if (!form) return;
  const root = new URL("..", document.currentScript.src);
  const field = form.elements.query;
  const toggle = document.getElementById("__search");
  const list = document.querySelector(".md-search-result__list");
  const meta = document.querySelector(".md-search-result__meta");
  const empty = meta.textContent;
  const SHOWN = 20; // pages

  const normal = (text) => text.normalize("NFKC").toLowerCase();
  const plain = (markup) => {
    const page = new DOMParser().parseFromString(markup.replace(/<\/?(p|li|td|h\d|pre|br)\b[^>]*>/g, " $&"), "text/html");
    return page.body.textContent.replace(/\s+/g, " ").trim();
  };

  // Pages with their sections: title and text to show, and the same to look in.
  const read = ({ docs }) => {
    const pages = new Map();
    for (const { location, title, text, boost = 1 } of docs) {
      const name = location.split("#")[0];
      const section = { location, title: plain(title), text: plain(text) };
      section.heading = normal(section.title);
      section.words = normal(section.text);
      if (!pages.has(name)) pages.set(name, { title: section.title, heading: section.heading, boost, sections: [], length: 0 });
      const page = pages.get(name);
      page.sections.push(section);
      page.length += section.words.length;
    }
    return [...pages.values()];
  };

  const LATIN = /^[\w.-]+$/;
  // How often a term is found; a part of a longer English word counts less.
  const count = (text, term) => {
    let found = 0;
    for (let at = text.indexOf(term); at >= 0; at = text.indexOf(term, at + term.length)) {
      const inside = LATIN.test(term) && (/\w/.test(text[at - 1] || "") || /\w/.test(text[at + term.length] || ""));
      found += inside ? 0.3 : 1;
    }
    return found;
  };

  // BM25's saturation by length (Robertson and Zaragoza 2009), and more for titles and headings.
  const weigh = (page, term, mean, whole) => {
    let [text, headings] = [0, 0];
    let exact = whole && page.heading.split(" / ").includes(term) ? 1 : 0;
    for (const section of page.sections) {
      const inText = count(section.words, term);
      const inHeading = section === page.sections[0] ? 0 : count(section.heading, term);
      text += inText;
      // a heading that is what was asked, or a function of that name with its parameters
      const names = [section.heading, section.heading.split(/[ (]/)[0]];
      if (whole && section !== page.sections[0] && names.includes(term)) exact = 1;
      headings += inHeading;
      section.score += Math.min(inText, 3) + 4 * inHeading;
    }
    const title = count(page.heading, term);
    if (!title && !headings && !text) return 0;
    const often = (2.2 * text) / (text + 1.2 * (0.25 + (0.75 * page.length) / mean));
    return 4 * Math.min(title, 1) + 2 * Math.min(headings, 1) + 12 * exact + often;
  };

  const SCRIPTS = /[\p{Script=Han}々]+|[\p{Script=Hiragana}]+|[\p{Script=Katakana}ー]+|[\w.-]+/gu;
  const bigrams = (term) => (LATIN.test(term) || term.length < 3 ? [term] : [...term].slice(1).map((c, i) => term[i] + c));

  const search = (pages, query) => {
    const terms = normal(query).split(/\s+/).filter(Boolean);
    const mean = pages.reduce((sum, page) => sum + page.length, 0) / pages.length;
    const ranked = (parts, share) => {
      for (const page of pages) for (const section of page.sections) section.score = 0;
      const weights = parts.map((part) => pages.map((page) => weigh(page, part, mean, parts.length === 1)));
      const rare = weights.map((row) => Math.log(1 + pages.length / row.filter(Boolean).length));
      const phrase = parts.length > 1 && share === 1 ? parts.join(" ") : null;
      return pages
        .map((page, i) => {
          const found = weights.filter((row) => row[i]).length;
          if (!found || found < share * parts.length) return { score: 0 };
          let score = weights.reduce((sum, row, j) => sum + (row[i] && row[i] * rare[j]), 0);
          if (phrase) score += 2 * weigh(page, phrase, mean, true); // words that stand together
          const best = page.sections.slice().sort((a, b) => b.score - a.score)[0];
          return { page, best, score: page.boost * score };
        })
        .filter((hit) => hit.score)
        .sort((a, b) => b.score - a.score);
    };
    const ways = [[terms, 1], [terms.flatMap((term) => term.match(SCRIPTS) || []), 1], [terms.flatMap(bigrams), 0.5]];
    for (const [parts, share] of ways) {
      const hits = ranked(parts, share);
      if (hits.length) return { hits, parts };
    }
    return { hits: [], parts: [] };
  };

  // A text with what was asked marked; around the first of it, where the text is long.
  const marked = (text, parts, length = Infinity) => {
    const fragment = document.createDocumentFragment();
    const low = normal(text);
    if (low.length !== text.length) return fragment.append(text.slice(0, length)), fragment; // NFKC moved letters
    const first = Math.max(0, Math.min(...parts.map((part) => low.indexOf(part)).filter((at) => at >= 0), Infinity) - 30);
    let at = length < Infinity && Number.isFinite(first) ? first : 0;
    if (at) fragment.append("…");
    const end = Math.min(text.length, at + length);
    while (at < end) {
      const next = parts.map((part) => [low.indexOf(part, at), part]).filter(([place]) => place >= 0 && place < end).sort((a, b) => a[0] - b[0])[0];
      if (!next) break;
      fragment.append(text.slice(at, next[0]));
      const mark = document.createElement("mark");
      mark.textContent = text.slice(next[0], next[0] + next[1].length);
      fragment.append(mark);
      at = next[0] + next[1].length;
    }
    fragment.append(text.slice(at, Math.max(at, end)), end < text.length ? "…" : "");
    return fragment;
  };

  const make = (tag, name, ...inside) => {
    const element = document.createElement(tag);
    element.className = name;
    element.append(...inside);
    return element;
  };
  const show = ({ hits, parts }) => {
    meta.textContent = form.dataset.found.replace("#", hits.length);
    list.replaceChildren(...hits.slice(0, SHOWN).map(({ page, best }) => {
      const article = make("article", "md-search-result__article md-typeset", make("h1", "", marked(page.title, parts)));
      if (best !== page.sections[0]) article.append(make("h2", "", marked(best.title, parts)));
      article.append(make("p", "", marked(best.text, parts, 140)));
      const link = make("a", "md-search-result__link", article);
      link.href = new URL(best.location, root);
      link.addEventListener("click", () => { toggle.checked = false; });
      return make("li", "md-search-result__item", link);
    }));
  };

  let pages = null;
  const load = () => new Promise((done) => {
    const script = document.createElement("script");
    script.src = new URL(`search/search_index.${document.documentElement.lang}.js`, root);
    script.onload = () => { pages ??= read(window.__vox_index); done(true); };
    script.onerror = () => { script.remove(); done(false); };
    document.head.append(script);
  });
  let loading = null;
  const update = async () => {
    if (!await (loading ??= load())) loading = null; // asked for again at the next letter
    if (!pages) return;
    if (field.value.trim()) return show(search(pages, field.value));
    list.replaceChildren();
    meta.textContent = empty;
  };

  field.addEventListener("focus", () => { toggle.checked = true; update(); });
  field.addEventListener("input", update);
  toggle.addEventListener("change", () => { if (toggle.checked) field.focus(); });
  form.addEventListener("reset", () => setTimeout(() => { update(); field.focus(); }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    list.querySelector("a")?.click();
  });
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return; // an input method's own keys
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (event.key === "/" && !typing) field.focus();
    else if (event.key === "Escape" && toggle.checked) {
      toggle.checked = false;
      document.activeElement.blur();
    } else if (toggle.checked && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      const places = [field, ...list.querySelectorAll("a")];
      const step = event.key === "ArrowDown" ? 1 : places.length - 1;
      places[(Math.max(0, places.indexOf(document.activeElement)) + step) % places.length].focus();
    } else return;
    event.preventDefault();
  });
})();
