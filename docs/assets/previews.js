// What an experiment, an issue or a post is, in a card beside a link to it: by the mouse, and by the
// keyboard. The words are a script, fetched at the first such link: they are there without a server.
(() => {
  "use strict";

  const root = new URL("..", document.currentScript.src);
  const LINKS = "article a, .md-nav--primary a";
  const PAGE = /(^|\/)(experiments|issues|posts)\/[^#?]+\.html/;
  const card = document.createElement("div");
  card.id = "vox-preview";
  card.className = "vox-preview";
  card.setAttribute("role", "tooltip");
  card.hidden = true;
  let [link, timer, told] = [null, 0, null];

  const load = () => (told ??= new Promise((done) => {
    const script = document.createElement("script");
    script.src = new URL(`assets/previews.${document.documentElement.lang}.js`, root);
    script.onload = () => done(window.__vox_previews);
    script.onerror = () => done({});
    document.head.append(script);
  }));
  const candidate = (target) => {
    const found = target.closest?.(LINKS); // of a drawing too, whose links are of SVG
    const href = found?.getAttribute("href") ?? "";
    if (!PAGE.test(new URL(href, location.href).pathname) || href.startsWith("#")) return null;
    return found;
  };
  const make = (name, text) => {
    const element = document.createElement("div");
    element.className = name;
    element.textContent = text;
    return element;
  };
  const fill = ({ title, days, tags, found, text, picture }) => {
    const parts = [make("vox-preview-title", title), make("vox-found", [days, ...tags].filter(Boolean).join(" · "))];
    if (found.length) parts.push(make("vox-found", found.join(" · ")));
    if (text) parts.push(make("", text));
    if (picture) {
      const image = new Image();
      image.alt = "";
      image.src = new URL(picture, root);
      parts.push(image);
    }
    card.replaceChildren(...parts);
  };
  // Below the link where there is room, else above it; within the window.
  const place = () => {
    const box = link.getClientRects()[0] ?? link.getBoundingClientRect();
    const wide = document.documentElement.clientWidth;
    const below = innerHeight - box.bottom >= card.offsetHeight || box.top < innerHeight / 2;
    card.style.left = `${scrollX + Math.max(8, Math.min(box.left, wide - card.offsetWidth - 8))}px`;
    card.style.top = below ? `${scrollY + box.bottom + 4}px` : "auto";
    card.style.bottom = below ? "auto" : `${document.body.clientHeight - scrollY - box.top + 4}px`;
  };
  const hide = () => {
    clearTimeout(timer);
    link?.removeAttribute("aria-describedby");
    link = null;
    card.hidden = true;
  };
  const show = async (wanted) => {
    const name = new URL(wanted.getAttribute("href"), location.href).href.split(/[#?]/)[0];
    const words = (await load())[decodeURIComponent(name.slice(root.href.length))];
    if (!words || link !== wanted || name === location.href.split(/[#?]/)[0]) return;
    wanted.removeAttribute("title"); // the card says it, and more
    fill(words);
    card.hidden = false;
    wanted.setAttribute("aria-describedby", card.id);
    place();
  };
  const come = (wanted, wait) => {
    clearTimeout(timer);
    if (wanted === link) return;
    hide();
    link = wanted;
    timer = setTimeout(show, wait, wanted);
  };
  const leave = () => {
    clearTimeout(timer);
    timer = setTimeout(hide, 250); // the mouse may go onto the card
  };

  document.body.append(card);
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    if (card.contains(event.target)) return clearTimeout(timer);
    const found = candidate(event.target);
    if (found) come(found, 350);
    else if (link) leave();
  });
  document.addEventListener("focusin", ({ target }) => {
    const found = target.matches?.(":focus-visible") ? candidate(target) : null;
    if (found) come(found, 150);
    else if (link) hide();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
  document.addEventListener("pointerdown", ({ target }) => {
    if (!card.contains(target)) hide();
  });
})();
