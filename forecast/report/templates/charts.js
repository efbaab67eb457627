// Charts of the page, drawn by Observable Plot, which forecast/report/charts/README.txt tells of. Every mark has its numbers in words:
// they are shown when it is pointed at, touched or reached with the arrow keys, and are its name for those who hear the page.
const charts = (() => {
  "use strict";
  const place = (id) => document.getElementById(id);
  const words = JSON.parse(place("charts-words").textContent);
  const say = (text, given) => text.replace(/\{(\w+)\}/g, (_, name) => given[name]);
  const percent = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1, minimumFractionDigits: 1 });
  const SHAPES = ["circle", "square", "triangle", "diamond2"], COLOURS = SHAPES.map((_, at) => `var(--series-${at})`);
  const LINE = 19, REACH = 80;  // of a tip: its lines, in letters m; and how far from a mark one may point to read it
  const drawn = new Map();

  /** What was compressed and written as base64, as a response. */
  function unpacked(text) {
    const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")));
  }

  async function library() {
    const script = document.createElement("script");
    script.textContent = await unpacked(place("charts-library").textContent).text();
    document.head.append(script);
    place("charts-library").textContent = "";
  }

  const ready = "DecompressionStream" in window ? library() : Promise.reject(new Error("too old"));
  ready.catch(() => {});  // whoever draws says that the browser is too old, or leaves its part hidden

  // One chart.

  /** Draws into a place at its width, and again whenever that changes; `make` gives, for a width, what is drawn and what is read. */
  function draw(target, make) {
    drawn.set(target, make);
    render(target);
    widths.observe(target);
  }

  const widths = new ResizeObserver((seen) => requestAnimationFrame(() => {
    for (const { target } of seen) if (target.dataset.width !== String(target.clientWidth)) render(target);
  }));

  function render(target) {
    const width = target.clientWidth;
    if (!width) return;  // folded: it is drawn when it is opened
    const { label, points, pointer, area, marks, clear, ...options } = drawn.get(target)(width);
    const chart = Plot.plot({ width, style: { fontSize: "12px", overflow: "visible" }, ...options, marks: [
      ...marks, area, tip(points, pointer, width, clear, options),
      Plot.dot(points, pointer({ x: "x", y: "y", maxRadius: REACH, r: 8, strokeWidth: 2, ariaHidden: "true" }))] });
    const focused = places(target).indexOf(document.activeElement);
    target.replaceChildren(chart);
    target.dataset.width = width;
    const drawing = drawingIn(target);
    drawing.setAttribute("role", "group");
    drawing.setAttribute("aria-label", label);
    for (const group of drawing.querySelectorAll("g[aria-label]")) if (!group.ariaHidden) group.removeAttribute("aria-label");
    for (const part of drawing.children) if (!part.querySelector("[aria-label]")) part.setAttribute("aria-hidden", "true");
    for (const swatch of target.querySelectorAll(":scope > figure > div svg")) swatch.setAttribute("aria-hidden", "true");
    listen(chart, drawing, places(target));
    if (focused >= 0) places(target)[focused]?.focus();
  }

  /**
   * Numbers above the mark that is read (`top` of a point), moved sideways so that nothing is cut off; therefore without an arrow, which
   * would point at another mark. Where the screen ends above they stand below, `clear` pixels further down.
   */
  function tip(points, pointer, width, clear, { x: { domain: [low, high] }, marginLeft, marginRight }) {
    const half = LINE * 13 / 2 + 12, inner = width - marginLeft - marginRight, value = (at) => low + (at - marginLeft) / inner * (high - low);
    return Plot.tip(points, pointer({ x: (one) => Math.max(value(half), Math.min(value(width - half), one.x)), y: "top", px: "x", py: "y",
      anchor: "bottom", pointerSize: 0, render: onScreen(clear), maxRadius: REACH, title: "text", ariaHidden: "true",
      fontSize: 13, lineWidth: LINE, lineHeight: 1.15, textPadding: 7 }));
  }

  const onScreen = (clear) => (index, scales, values, dimensions, context, next) => {
    const group = next(index, scales, values, dimensions, context);
    Promise.resolve().then(() => {  // after the library has measured the words, which it puts off in the same way
      const box = group.getBoundingClientRect();
      if (box.height && box.top < 0) group.setAttribute("transform", `translate(0,${box.height + clear})`);
    });
    return group;
  };

  const drawingIn = (target) => target.querySelector(":scope > svg, :scope > figure > svg");

  /** Marks that have words, in their order. */
  const places = (target) => [...target.querySelectorAll("svg :not(g)[aria-label]")];

  function listen(chart, drawing, marks) {
    let byKeys = false;  // whether the mark with the focus was reached by keys: only then do the numbers go with the focus
    drawing.setAttribute("tabindex", -1);  // else the drawing is a stop of its own, for it is listened to
    marks.forEach((mark, at) => {
      mark.setAttribute("role", "img");
      mark.setAttribute("tabindex", at ? -1 : 0);
    });
    drawing.addEventListener("keydown", (event) => {
      const at = marks.indexOf(event.target), last = marks.length - 1;
      const next = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: last }[event.key];
      if (next === undefined || at < 0) return;
      event.preventDefault();
      marks[Math.max(0, Math.min(last, next))].focus();
    });
    drawing.addEventListener("focusin", (event) => {
      if (!marks.includes(event.target)) return;
      for (const mark of marks) mark.setAttribute("tabindex", mark === event.target ? 0 : -1);
      byKeys = event.target.matches(":focus-visible");
      if (!byKeys) return;  // reached by pointing, which shows the numbers by itself
      const box = event.target.getBoundingClientRect();
      hide(drawing);
      point(drawing, "pointermove", box.x + box.width / 2, box.y + box.height / 2);
    });
    drawing.addEventListener("focusout", () => { if (byKeys) hide(drawing); });
    for (const kind of ["pointermove", "pointerdown"]) drawing.addEventListener(kind, (event) => {
      if (!event.isTrusted) return;
      if (kind === "pointerdown") byKeys = false;
      if (!isHeld(drawing) || !marks.includes(event.target) || event.target.getAttribute("aria-label") === spoken(chart.value)) return;
      hide(drawing);  // what a click holds gives way to another mark
      point(drawing, "pointermove", event.clientX, event.clientY);
    }, true);
  }

  const point = (drawing, kind, clientX = 0, clientY = 0) => drawing.dispatchEvent(
    new PointerEvent(kind, { clientX, clientY, pointerType: "mouse" }));

  /** Whether a click holds the tip, which can then be pointed at itself. */
  function isHeld(drawing) {
    const tip = drawing.querySelector("[aria-label=tip]");
    return Boolean(tip?.hasChildNodes()) && tip.getAttribute("pointer-events") !== "none";
  }

  /** Takes the tip away, also one that a click holds. */
  function hide(drawing) {
    if (isHeld(drawing)) point(drawing, "pointerdown");
    point(drawing, "pointerleave");
  }

  const hideOthers = ({ target: touched }) => {
    for (const target of drawn.keys()) if (drawingIn(target) && !target.contains(touched)) hide(drawingIn(target));
  };
  document.addEventListener("click", hideOthers);  // not when the page is only moved by touch
  document.addEventListener("pointerdown", (event) => { if (event.target.closest?.(".chart")) hideOthers(event); });

  document.addEventListener("keydown", (event) => {  // also of what is pointed at and has no focus
    if (event.key === "Escape") for (const target of drawn.keys()) if (drawingIn(target)) hide(drawingIn(target));
  });

  const spoken = (one) => one.text.replaceAll("\n", "; ");

  // Kinds of charts.

  /** A share in per cent; one that is not nothing is not said to be. */
  const part = (share) => (share > 0 && share < 0.0005 ? say(words.tiny, { least: percent.format(0.1) }) : `${percent.format(100 * share)}\u00a0%`);

  /** Shares of futures by value: an outline of all, and filled those that agree. Bars have `from`, `to`, `all`, `agree`, `value`. */
  function histogram(target, { label, bars, unit, axis }) {
    const highest = Math.max(...bars.map((bar) => Math.max(bar.all, bar.agree ?? 0))), last = bars[bars.length - 1];
    const points = bars.map((bar) => ({ ...bar, x: (bar.from + bar.to) / 2, y: Math.max(bar.all, bar.agree ?? 0),
      top: highest, text: say(bar.agree === undefined ? words.all : words.agree, {
        value: bar.value, all: part(bar.all), agree: part(bar.agree ?? 0) }) }));
    const span = { x1: "from", x2: "to", y1: 0 }, filled = bars.filter((bar) => bar.agree !== undefined);
    draw(target, (width) => ({
      label, points, pointer: Plot.pointerX, clear: 186, height: 210, marginLeft: 44, marginTop: 24, marginRight: 16, marginBottom: 40,
      x: { domain: [0, last.to], label: axis, ticks: width / 90, tickFormat: (value) => written(value) + unit },
      y: { domain: [0, highest], ticks: 4, label: words.share, tickFormat: (value) => `${Math.round(1000 * value) / 10} %` },
      area: Plot.rectY(points, { ...span, y2: highest, fill: "transparent", ariaLabel: spoken }),
      marks: [
        Plot.rectY(filled, { ...span, y2: "agree", fill: "var(--bar)", insetLeft: 1, insetRight: 1, ariaHidden: "true" }),
        ...[["var(--paper)", 5], ["currentColor", 2]].map(([stroke, strokeWidth]) => Plot.lineY([...bars, { from: last.to, all: last.all }], {
          x: "from", y: "all", curve: "step-after", stroke, strokeWidth, ariaHidden: "true" })),
        Plot.ruleY([0], { ariaHidden: "true" })],
    }));
  }

  /**
   * Numbers with their intervals, in rows with words above and a line for each series. Points have `row`, `series`, `middle`, `text`,
   * and may have `low` and `high`, `near` and `far` (of the interval within), and `before`, a hollow mark. `ends` are those of the
   * axis; without them it holds all points, and zero.
   */
  function intervals(target, { label, rows, series, points, unit, ends = reach(points) }) {
    draw(target, (width) => {
      let height = 20;
      const tops = new Map(rows.map((row) => {
        const top = height + 15 * Math.ceil(row.length * 7.2 / (width - 24));
        height = top + 20 * series.length + 12;
        return [row, top];
      }));
      const placed = points.map((one) => ({ ...one, x: one.middle, y: tops.get(one.row) + 14 + 20 * series.indexOf(one.series) }));
      for (const one of placed) one.top = one.y - 12;
      const byRow = (options) => Plot.pointer({ ...options, px: () => ends[0], maxRadius: Infinity });  // its ends are far from the mark
      const stroke = series.length > 1 ? "series" : COLOURS[0], axis = { tickFormat: written, label: unit, ariaHidden: "true" };
      const known = (...names) => placed.filter((one) => names.every((name) => Number.isFinite(one[name])));
      return {
        label, points: placed, pointer: byRow, clear: 24, height: height + 34, marginLeft: 12, marginRight: 20, marginBottom: 34,
        x: { domain: ends }, y: { type: "identity", axis: null },
        color: { type: "categorical", domain: series, range: COLOURS }, symbol: { domain: series, range: SHAPES, legend: series.length > 1 },
        area: Plot.rectY(placed, { x1: (one) => (Number.isFinite(one.low) ? one.low : one.x), x2: (one) => (Number.isFinite(one.high) ? one.high : one.x),
          y1: (one) => one.y - 10, y2: (one) => one.y + 10, insetLeft: -10, insetRight: -10, fill: "transparent", ariaLabel: spoken }),
        marks: [
          Plot.gridX({ ticks: width / 90, ariaHidden: "true" }), Plot.axisX({ ...axis, ticks: width / 90 }),
          Plot.ruleX([0], { strokeOpacity: 0.6, ariaHidden: "true" }),
          Plot.text(rows, { x: ends[0], frameAnchor: "left", y: (row) => tops.get(row), text: (row) => row, dx: 4, fontSize: 13, fill: "currentColor", stroke: "var(--paper)",
            textAnchor: "start", lineAnchor: "bottom", lineWidth: (width - 24) / 13, ariaHidden: "true" }),
          Plot.ruleY(known("low", "high"), { y: "y", x1: "low", x2: "high", stroke, strokeWidth: 2, ariaHidden: "true" }),
          Plot.ruleY(known("near", "far"), { y: "y", x1: "near", x2: "far", stroke, strokeWidth: 5, strokeLinecap: "butt", ariaHidden: "true" }),
          Plot.ruleY(known("before"), { y: "y", x1: "before", x2: "middle", stroke, strokeDasharray: "2 3", ariaHidden: "true" }),
          Plot.dot(known("before"), { x: "before", y: "y", r: 4, stroke, fill: "var(--paper)", ariaHidden: "true" }),
          Plot.dot(placed, { x: "x", y: "y", r: 5, fill: stroke, symbol: series.length > 1 ? "series" : "circle", stroke: "var(--paper)", ariaHidden: "true" })],
      };
    });
  }

  /** Ends of an axis that holds all numbers of some points, zero, and what it held before. */
  function reach(points, held = [0, 0]) {
    const every = [...held, ...points.flatMap((one) => [one.low, one.middle, one.high, one.before]).filter(Number.isFinite)];
    return [Math.min(...every), Math.max(...every)];
  }

  const written = (value) => value.toLocaleString(document.documentElement.lang).replace("-", "−");

  return { histogram, intervals, reach, ready, say, unpacked, words };
})();
