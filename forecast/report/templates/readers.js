// Numbers of the charts of “What if”: of the bar that is pointed at, or that the slider below the chart is moved to.
(() => {
  "use strict";
  const words = JSON.parse(document.getElementById("reader-words").textContent);
  const say = (text, given) => text.replace(/\{(\w+)\}/g, (_, name) => given[name]);
  const share = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1, minimumFractionDigits: 1 });
  const LEFT = 32, WIDTH = 24, WHOLE = 640;

  function attach(figure) {
    const drawing = figure.querySelector("svg");
    const reader = document.getElementById("reader").content.firstElementChild.cloneNode(true);
    const slider = reader.querySelector("input"), told = reader.querySelector("[data-told]"), name = reader.querySelector("[data-name]");
    let used = false;

    function text(bars, at) {
      const from = at * bars.step, to = from + bars.step, last = at === bars.before.length - 1;
      const value = bars.unit ? say(last ? words.range : words.under, { from, to: `${to}${bars.unit}` })
        : bars.step === 1 ? String(from) : say(words.range, { from, to: to - 1 });
      return say(bars.after.length ? words.agree : words.all, {
        value, all: share.format(100 * bars.before[at]), agree: share.format(100 * (bars.after[at] ?? 0)) });
    }

    function read() {
      const bars = JSON.parse(figure.dataset.bars), at = Number(slider.value);
      slider.max = bars.before.length - 1;
      name.textContent = bars.title;
      slider.setAttribute("aria-valuetext", used ? text(bars, at) : words.unread);
      drawing.querySelector("[data-cursor]")?.remove();
      if (!used) return;
      told.textContent = text(bars, at);
      const cursor = document.createElementNS("http://www.w3.org/2000/svg", "line");
      for (const [key, value] of Object.entries({ x1: LEFT + (at + 0.5) * WIDTH, x2: LEFT + (at + 0.5) * WIDTH, y1: 6, y2: 150, "data-cursor": "" })) {
        cursor.setAttribute(key, value);
      }
      drawing.append(cursor);
    }

    function move(at) {
      used = true;
      slider.value = Math.max(0, Math.min(Number(slider.max), at));
      read();
    }

    slider.addEventListener("input", (event) => { event.stopPropagation(); used = true; read(); });
    slider.addEventListener("focus", () => move(Number(slider.value)));
    for (const kind of ["pointermove", "pointerdown"]) {
      drawing.addEventListener(kind, (event) => {
        const box = drawing.getBoundingClientRect();
        move(Math.floor(((event.clientX - box.left) / box.width * WHOLE - LEFT) / WIDTH));
      });
    }
    new MutationObserver(read).observe(figure, { attributes: true, attributeFilter: ["data-bars"] });
    drawing.after(reader);
    read();
  }

  const part = document.getElementById("what-if"), watching = new MutationObserver(begin);

  function begin() {
    if (!part.dataset.ready) return;
    watching.disconnect();
    part.querySelectorAll("figure[data-bars]").forEach(attach);
  }

  watching.observe(part, { attributes: true, attributeFilter: ["data-ready"] });
  begin();
})();
