// Other assumptions: the points of a sweep, and what lies between them. What is in the data is told in forecast/report/sliders.py.
(() => {
  "use strict";
  const place = (id) => document.getElementById(id);
  const told = JSON.parse(place("sliders-data").textContent), words = JSON.parse(place("sliders-words").textContent);
  const form = place("sliders-form"), group = place("sliders-group");
  const controls = [...form.querySelectorAll("[data-axis]")], axes = told.axes, width = Math.max(...told.rows.map((row) => row.column)) + 1;
  const begin = controls.map((control) => Number(control.value));
  const say = charts.say, held = new Map();
  let numbers, shown = [], before = null;

  // A grid: rows of the tables, the last assumption running fastest.

  async function table(text) {
    const cells = (await charts.unpacked(text).text()).split("\n").map((line) => line.split(","));
    return { cells, numbers: cells.map((row) => Float64Array.from(row, (cell) => (cell === "" ? NaN : Number(cell)))) };
  }

  /** Points around a place, each with its weight. */
  function corners(places) {
    let found = [[0, 1]];
    axes.forEach((axis, at) => {
      const exact = places[at] / axis.steps, below = Math.floor(exact), share = exact - below, many = axis.order.length;
      const next = share > 0 ? [[below, 1 - share], [below + 1, share]] : [[below, 1]];
      found = found.flatMap(([row, weight]) => next.map(([level, part]) => [row * many + axis.order[level], weight * part]));
    });
    return found;
  }

  function mixed(rows, around, column) {
    return around.reduce((sum, [row, weight]) => sum + weight * rows[row][column], 0);
  }

  function onGrid(places) {
    const around = corners(places), row = around.length === 1 ? around[0][0] : null;
    return {
      row, value: (column) => mixed(numbers.values.numbers, around, column), error: (column) => mixed(numbers.errors.numbers, around, column),
      exact: (column) => (row === null ? null : [numbers.values.cells[row][column], numbers.errors.cells[row][column]]),
    };
  }

  // A sample: an expansion in Legendre polynomials, and in indicators of what is no number.

  async function coefficients(text) {
    return new Float32Array(await charts.unpacked(text).arrayBuffer());
  }

  function functions(axis, at, most) {
    if (axis.labels) return [1, ...axis.labels.slice(1).map((_, kind) => Number(at === kind + 1) - 1 / axis.labels.length)];
    const scaled = 2 * at / axis.steps - 1, legendre = [1, scaled];
    for (let degree = 2; degree <= most; degree++) {
      legendre.push(((2 * degree - 1) * scaled * legendre[degree - 1] - (degree - 1) * legendre[degree - 2]) / degree);
    }
    return legendre.map((value, degree) => value * Math.sqrt(2 * degree + 1));
  }

  function expansion(terms, coef, places) {
    const found = axes.map((axis, at) => functions(axis, places[at], Math.max(...terms.map((term) => term[at]))));
    const sums = new Float64Array(width);
    terms.forEach((term, number) => {
      const product = term.reduce((made, which, at) => made * found[at][which], 1);
      for (let column = 0; column < width; column++) sums[column] += product * coef[number * width + column];
    });
    return sums;
  }

  function onSample(places) {
    const [values, errors] = [numbers.values, numbers.errors].map((coef, which) => expansion(told.terms[which], coef, places));
    return { row: null, value: (column) => values[column], error: (column) => Math.max(0, errors[column]), exact: () => null };
  }

  /** What cannot be below nothing, or above all, is not. */
  function within(row, value) {
    if (told.grid || row.group.includes(" - ")) return value;
    return Math.max(row.kind === "relation" ? -Infinity : 0, row.kind === "share" || row.kind === "question" ? Math.min(1, value) : value);
  }

  // Numbers as people read them.

  const decimals = (error) => (Number.isFinite(error) && error > 0 ? Math.min(4, Math.max(0, -Math.floor(Math.log10(error)))) : 2);

  const formats = Array.from({ length: 7 }, (_, digits) => new Intl.NumberFormat(document.documentElement.lang, {
    minimumFractionDigits: digits, maximumFractionDigits: digits }));

  function number(value, digits) {
    if (!Number.isFinite(value)) return words.none;
    const text = formats[digits].format(Math.abs(value));
    return (value < 0 && /[1-9]/.test(text) ? "−" : "") + text;
  }

  function withError(row, value, error) {
    const scale = scaleOf(row), digits = decimals(scale * error);
    return Number.isFinite(value) ? say(scale === 100 ? words.percent : words.value, {
      value: number(scale * value, digits), error: number(scale * error, digits) }) : words.none;
  }

  const scaleOf = (row) => (row.kind === "share" || row.kind === "question" ? 100 : 1);

  function changed(row, value, error) {
    const scale = scaleOf(row), text = number(scale * value, decimals(scale * error));
    if (!Number.isFinite(value)) return "";
    return (value > 0 && /[1-9]/.test(text) ? "+" : "") + text + (scale === 100 ? words.points : "");
  }

  function missed(row) {
    const scale = scaleOf(row);
    if (row.error === null) return words.none;
    return number(scale * row.error, row.error > 1e-6 ? Math.min(4, decimals(scale * row.error) + 1) : 0) + (scale === 100 ? words.points : "");
  }

  /** The value of an assumption at a place of its slider. */
  function written(axis, at) {
    if (axis.labels && at % axis.steps === 0) return axis.labels[at / axis.steps].replace(/^-/, "−");
    const [low, high, share] = axis.labels ? [axis.levels[Math.floor(at / axis.steps)], axis.levels[Math.ceil(at / axis.steps)], at % axis.steps / axis.steps]
      : [axis.low, axis.high, at / axis.steps];
    const digits = Math.max(0, Math.min(6, 2 - Math.floor(Math.log10(Math.abs(high - low)))));
    return number(low + share * (high - low), digits);
  }

  // What is shown.

  const places = () => controls.map((control) => Number(control.value));

  function point(where) {
    return told.grid ? onGrid(where) : onSample(where);
  }

  /** Rows of the chosen scenario, made once for it and then only filled. */
  function lay() {
    shown = told.rows.filter((row) => row.group === group.value).map((row) => {
      const line = document.createElement("tr"), head = document.createElement("th");
      head.scope = "row";
      head.textContent = row.name;
      line.dataset.quantity = row.quantity;
      line.append(head, ...Array.from({ length: told.grid ? 4 : 3 }, () => document.createElement("td")));
      line.setAttribute("role", "row");
      head.setAttribute("role", "rowheader");
      return { row, line, cells: [...line.querySelectorAll("td")] };
    });
    for (const kind of ["contact", "question", "share"]) {
      const mine = shown.filter((one) => kind === (one.row.kind === "relation" ? "contact" : one.row.kind));
      const table = place(`sliders-${kind}`), folded = table.closest("details");
      table.tBodies[0].replaceChildren(...mine.map((one) => one.line));
      for (const one of mine) {
        one.cells.forEach((cell, at) => {  // what it is, for screens on which rows are stacked
          cell.setAttribute("role", "cell");
          cell.dataset.label = table.tHead.rows[0].cells[at + 1].textContent;
        });
      }
      if (folded) folded.hidden = !mine.length;
    }
  }

  function update() {
    const began = performance.now(), where = places(), here = point(where);
    before ??= point(begin);
    controls.forEach((control, at) => {
      const value = control.type === "range" ? written(axes[at], where[at]) : "";
      if (control.type !== "range") return;
      control.setAttribute("aria-valuetext", value);
      place(`${control.id}-value`).textContent = value;
    });
    for (const { row, line, cells } of shown) {
      const value = within(row, here.value(row.column)), error = here.error(row.column), exact = here.exact(row.column);
      cells[0].textContent = withError(row, value, error);
      cells[1].textContent = changed(row, value - within(row, before.value(row.column)), error);
      cells[2].textContent = exact ? words.none : missed(row);
      if (told.grid) cells[3].textContent = exact ? say(words.exact, { value: exact[0], error: exact[1] }) : "";
      Object.assign(line.dataset, { value, error });
    }
    for (const kind of ["contact", "question"]) chart(kind, shown.filter((one) => one.row.kind === kind));
    const text = told.grid ? (here.row === null ? words.between : words.at) : words.smooth;
    const said = place("sliders-said").firstElementChild;
    if (said.textContent !== text) said.textContent = text;
    place("sliders-shown").dataset.milliseconds = (performance.now() - began).toFixed(1);
  }

  /** The numbers of a table as marks, hollow where they were at the beginning; the axis does not move with them. */
  function chart(kind, mine) {
    const target = place(`sliders-chart-${kind}`), key = `${kind} ${group.value}`;
    target.parentElement.hidden = !mine.length;
    const points = mine.map(({ row, line, cells }) => {
      const scale = scaleOf(row), middle = scale * line.dataset.value, error = scale * line.dataset.error;
      const text = [row.name, cells[0].textContent, cells[1].textContent && say(charts.words.sliders_change, { change: cells[1].textContent }),
        cells[3]?.textContent && say(charts.words.sliders_exact, { exact: cells[3].textContent })].filter(Boolean).join("\n");
      return { row: row.name, series: "", middle, low: middle - error, high: middle + error, before: scale * within(row, before.value(row.column)), text };
    }).filter((one) => Number.isFinite(one.middle));
    held.set(key, charts.reach(points, held.get(key)));
    charts.intervals(target, { label: charts.words[`sliders_${kind}`], rows: mine.map((one) => one.row.name), series: [""], points, unit: charts.words[`unit_${kind}`], ends: held.get(key) });
  }

  function move(where) {
    controls.forEach((control, at) => { control.value = where[at]; });
    update();
  }

  async function start() {
    const read = told.grid ? table : coefficients;
    await charts.ready;
    numbers = { values: await read(told.values), errors: await read(told.errors) };
    lay();
    form.addEventListener("input", (event) => { if (event.target === group) lay(); update(); });
    form.addEventListener("submit", (event) => event.preventDefault());
    place("sliders-nearest")?.addEventListener("click", () => move(places().map((at, axis) => Math.round(at / axes[axis].steps) * axes[axis].steps)));
    place("sliders-begin").addEventListener("click", () => move(begin));
    form.hidden = place("sliders-shown").hidden = false;
    update();
    place("sliders").dataset.ready = "yes";
  }

  if ("DecompressionStream" in window) start();
})();
