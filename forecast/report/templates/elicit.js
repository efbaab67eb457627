// Chips in bins, the distribution that they say, and what it implies; the fit is that of forecast/evaluation/elicitation.py.
(() => {
  "use strict";
  const place = (id) => document.getElementById(id);
  const told = JSON.parse(place("elicit-data").textContent);
  const sum = (values) => values.reduce((found, value) => found + value, 0);

  // Special functions.

  /** Standard normal distribution: a series of terms of one sign, and beyond six standard deviations a continued fraction. */
  function ndtr(x) {
    if (Math.abs(x) > 6) {
      let tail = 0;
      for (let at = 40; at > 0; at--) tail = at / (Math.abs(x) + tail);
      const beyond = Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI) / (Math.abs(x) + tail);
      return x > 0 ? 1 - beyond : beyond;
    }
    let term = x, found = x;
    for (let at = 1; at < 200 && Math.abs(term) > 1e-17 * Math.abs(found); at++) found += (term *= x * x / (2 * at + 1));
    return 0.5 + found * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  }

  /** Logarithm of the gamma function: Stirling's series after steps upwards. */
  function gammaln(x) {
    let shift = 0;
    for (; x < 12; x += 1) shift += Math.log(x);
    const inverse = 1 / (x * x);
    const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / x;
    return (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + series - shift;
  }

  /** Incomplete beta function by its continued fraction (DLMF 8.17.22), evaluated by Lentz's method. */
  function betainc(a, b, x) {
    if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
    if (x > (a + 1) / (a + b + 2)) return 1 - betainc(b, a, 1 - x);
    const tiny = 1e-300, safe = (value) => (Math.abs(value) < tiny ? tiny : value);
    let c = 1, d = 1 / safe(1 - (a + b) * x / (a + 1)), found = d;
    for (let m = 1; m < 5000; m++) {
      const even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
      const odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
      let step = 1;
      for (const part of [even, odd]) {
        d = 1 / safe(1 + part * d);
        c = safe(1 + part / c);
        step *= c * d;
      }
      found *= step;
      if (Math.abs(step - 1) < 1e-15) break;
    }
    return found / a * Math.exp(a * Math.log(x) + b * Math.log1p(-x) - gammaln(a) - gammaln(b) + gammaln(a + b));
  }

  /** Where a rising function reaches a value, by halving. */
  function reached(rising, value, low, high) {
    for (let at = 0; at < 200 && high - low > 1e-13 * Math.max(1, Math.abs(low)); at++) {
      const middle = (low + high) / 2;
      if (rising(middle) < value) low = middle; else high = middle;
    }
    return (low + high) / 2;
  }

  const ndtri = (share) => reached(ndtr, share, -40, 40);

  // Distributions of the prior file; inner numbers are logarithms of all but a mean.

  const FAMILY = {
    normal: {
      names: ["mu", "sigma"], low: [-20, Math.log(1e-4)], high: [20, Math.log(20)],
      outer: ([mu, spread]) => [mu, Math.exp(spread)],
      cdf: (x, [mu, sigma]) => ndtr((x - mu) / sigma),
      density: (x, [mu, sigma]) => Math.exp(-(((x - mu) / sigma) ** 2) / 2),
      range: ([mu, sigma]) => [mu - 60 * sigma, mu + 60 * sigma],
      start: (edges, share) => {
        const inside = edges.map((edge, at) => [ndtri(share[at]), edge]).filter((_, at) => share[at] > 0 && share[at] < 1);
        const mean = [0, 1].map((side) => sum(inside.map((pair) => pair[side])) / inside.length);
        const slope = sum(inside.map(([z, x]) => (z - mean[0]) * (x - mean[1]))) / sum(inside.map(([z]) => (z - mean[0]) ** 2));
        return [mean[1] - slope * mean[0], Math.log(Math.max(slope, 1e-3))];
      },
    },
    half_normal: {
      names: ["sigma"], low: [Math.log(1e-4)], high: [Math.log(20)],
      outer: ([spread]) => [Math.exp(spread)],
      cdf: (x, [sigma]) => 2 * ndtr(x / sigma) - 1,
      density: (x, [sigma]) => (x < 0 ? 0 : Math.exp(-((x / sigma) ** 2) / 2)),
      range: ([sigma]) => [0, 60 * sigma],
      start: (edges, share) => {
        const found = edges.map((edge, at) => edge / ndtri((1 + share[at]) / 2)).filter((_, at) => share[at] > 0 && share[at] < 1);
        return [Math.log(found.sort((one, other) => one - other)[Math.floor(found.length / 2)])];
      },
    },
    beta: {
      names: ["alpha", "beta"], low: [Math.log(1e-2), Math.log(1e-2)], high: [Math.log(1e6), Math.log(1e6)],
      outer: (inner) => inner.map(Math.exp),
      cdf: (x, [alpha, beta]) => betainc(alpha, beta, x),
      density: (x, [alpha, beta]) => Math.exp((alpha - 1) * Math.log(x) + (beta - 1) * Math.log1p(-x) - gammaln(alpha) - gammaln(beta) + gammaln(alpha + beta)),
      range: () => [0, 1],
      start: (edges, share) => {
        const middle = [0, ...edges].map((edge, at) => (edge + (edges[at] ?? 1)) / 2), part = bins(share);
        const mean = sum(middle.map((x, at) => part[at] * x));
        const size = mean * (1 - mean) / Math.max(sum(middle.map((x, at) => part[at] * (x - mean) ** 2)), 1e-9) - 1;
        return [mean * size, (1 - mean) * size].map((value) => Math.log(Math.max(value, 0.05)));
      },
    },
  };
  const family = FAMILY[told.distribution];

  const bins = (share) => [...share, 1].map((value, at) => value - (at ? share[at - 1] : 0));

  /** Shares up to every edge. */
  function upto(chips) {
    const total = sum(chips);
    let seen = 0;
    return told.edges.map((_, at) => (seen += chips[at]) / total);
  }

  const determined = (share) => new Set(share.filter((value) => value > 0 && value < 1).map((value) => value.toFixed(12))).size >= told.least_bins - 1;

  // Least squares on cumulative shares: damped Gauss-Newton steps from starts of several widths.

  function fit(share) {
    const off = (inner) => told.edges.map((edge, at) => family.cdf(edge, family.outer(inner)) - share[at]);
    const cost = (inner) => sum(off(inner).map((value) => value * value));
    const first = family.start(told.edges, share);
    const widths = [0, Math.log(1 / 3), Math.log(3)];
    const tried = widths.map((width) => descend(first.map((value, at) => value + (family.names[at] === "mu" ? 0 : width)), off, cost));
    const inner = tried.reduce((best, one) => (cost(one) < cost(best) ? one : best));
    const outer = family.outer(inner), fitted = told.edges.map((edge) => family.cdf(edge, outer));
    return { outer, fitted, distance: Math.max(...fitted.map((value, at) => Math.abs(value - share[at]))) };
  }

  const within = (inner) => inner.map((value, at) => Math.min(family.high[at], Math.max(family.low[at], value)));

  function descend(start, off, cost) {
    let inner = within(start), damping = 1e-3;
    for (let round = 0; round < 300 && damping < 1e12; round++) {
      const here = off(inner), slope = inner.map((value, at) => {
        const step = 1e-6 * Math.max(1, Math.abs(value)), moved = (by) => off(inner.map((one, which) => (which === at ? one + by : one)));
        const up = moved(step), down = moved(-step);
        return up.map((one, edge) => (one - down[edge]) / (2 * step));
      });
      const product = (one, other) => sum(one.map((value, at) => value * other[at]));
      const square = slope.map((one) => slope.map((other) => product(one, other))), pull = slope.map((one) => -product(one, here));
      const next = within(inner.map((value, at) => value + solved(square, pull, damping)[at]));
      if (cost(next) < cost(inner)) {
        const moved = Math.max(...next.map((value, at) => Math.abs(value - inner[at])));
        [inner, damping] = [next, damping / 5];
        if (moved < 1e-12) break;
      } else damping *= 4;
    }
    return inner;
  }

  /** One or two linear equations, the diagonal raised. */
  function solved(square, pull, damping) {
    const raised = square.map((row, at) => row.map((value, other) => (at === other ? value * (1 + damping) + 1e-300 : value)));
    if (pull.length === 1) return [pull[0] / raised[0][0]];
    const area = raised[0][0] * raised[1][1] - raised[0][1] * raised[1][0];
    return [(pull[0] * raised[1][1] - pull[1] * raised[0][1]) / area, (raised[0][0] * pull[1] - raised[1][0] * pull[0]) / area];
  }

  const quantile = (outer, share) => reached((x) => family.cdf(x, outer), share, ...family.range(outer));

  // Numbers as people read them.

  const WAY = { itself: (x) => x, exp: Math.exp, expit: (x) => 1 / (1 + Math.exp(-x)), typical: (x) => Math.exp(0.6744897501960817 * x) };
  const plain = WAY[told.way];

  function short(value) {
    const brief = Number(value.toPrecision(3));
    if (Math.abs(brief) >= 1e6 || (brief && Math.abs(brief) < 1e-4)) return brief.toExponential(0);
    return brief.toLocaleString("en-GB", { maximumSignificantDigits: 3 }).replace("-", "\u2212");
  }

  function shown(value, percent) {
    if (value === null) return "none";
    return percent ? `${short(100 * value)} %` : Math.abs(value) >= 10 ? Math.round(value).toLocaleString("en-GB") : short(value);
  }

  // What records are implied: quantiles on a grid, interpolated as arsinh, linearly in the mean and in the log of sigma.

  /** Place between two points of an axis: the lower of them, how far to the upper, and whether that is inside. */
  function between(axis, value) {
    const kept = Math.min(axis[axis.length - 1], Math.max(axis[0], value));
    const low = Math.min(axis.length - 2, axis.filter((point) => point <= kept).length - 1);
    return { low, part: (kept - axis[low]) / (axis[low + 1] - axis[low]), inside: kept === value };
  }

  function implied(outer) {
    const grid = told.grid, sigma = grid.sigma.map(Math.log);
    const across = between(sigma, Math.log(outer[outer.length - 1])), down = grid.mu ? between(grid.mu, outer[0]) : { low: 0, part: 0, inside: true };
    const mix = (one, other, part) => (one === null || other === null ? null : one + part * (other - one));
    const at = (points, row, level) => {
      const value = (column) => points[row * sigma.length + column]?.[level];
      const bent = [across.low, across.low + 1].map((column) => (value(column) === null ? null : Math.asinh(value(column))));
      return mix(bent[0], bent[1], across.part);
    };
    const found = grid.quantile.map((points) => [0, 1, 2].map((level) => {
      const low = at(points, down.low, level), value = down.part ? mix(low, at(points, down.low + 1, level), down.part) : low;
      return value === null ? null : Math.sinh(value);
    }));
    return { found, inside: across.inside && down.inside };
  }

  // What is shown.

  const rows = [...place("chips").querySelectorAll("tbody tr")], fields = rows.map((row) => row.querySelector("input"));
  const read = (field) => (/^\d{1,4}$/.test(field.value.trim()) ? Math.min(Number(field.value), told.most) : NaN);

  function cells(table, all) {
    table.querySelector("tbody").replaceChildren(...all.map((texts) => {
      const row = document.createElement("tr");
      texts.forEach((text, at) => {
        const cell = document.createElement(at ? "td" : "th");
        if (!at) cell.scope = "row";
        cell.textContent = text;
        row.append(cell);
      });
      return row;
    }));
  }

  function line(text, far) {
    const found = document.createElement("p");
    found.textContent = text;
    if (far) found.className = "far";
    return found;
  }

  function update() {
    const chips = fields.map(read), valid = chips.every((value) => value === value), total = valid ? sum(chips) : 0;
    fields.forEach((field, at) => {
      field.setAttribute("aria-invalid", String(chips[at] !== chips[at]));
      field.setAttribute("aria-valuenow", String(chips[at] || 0));
    });
    const share = total ? upto(chips) : null, found = share && determined(share) ? fit(share) : null;
    bars(chips, total, found);
    state(valid, total, found);
    place("fit").hidden = !found;
    if (found) say(found);
    save(chips, valid && total > 0);
  }

  function bars(chips, total, found) {
    const own = chips.map((value) => (total ? value / total : 0)), fitted = found ? bins(found.fitted) : null;
    const top = Math.max(0.01, ...own, ...(fitted ?? []));
    rows.forEach((row, at) => {
      row.querySelector(".yours").textContent = total ? `${(100 * own[at]).toFixed(1)} %` : "";
      row.querySelector(".fitted").textContent = fitted ? `${(100 * fitted[at]).toFixed(1)} %` : "";
      const mark = fitted ? `<line x1="${98 * fitted[at] / top + 1}" x2="${98 * fitted[at] / top + 1}" y1="0" y2="20"/>` : "";
      row.querySelector("svg").innerHTML = `<rect x="0" y="4" width="${98 * own[at] / top}" height="12"/>${mark}`;
    });
  }

  function state(valid, total, found) {
    const all = [];
    if (!valid) all.push(line("Write whole numbers of chips.", true));
    else all.push(line(`${total} chips laid; ${told.suggested} are a good number.`));
    if (found) {
      const far = found.distance > told.within;
      all.push(line(`Cumulative shares of the fitted distribution are within ${found.distance.toFixed(3)} of yours${far ? `: farther than ${told.within}. Move chips until bars and lines agree, if you can believe what the lines say; else leave them, and say why.` : "."}`, far));
    } else if (valid) all.push(line(`Lay chips into at least ${told.least_bins} bins.`));
    place("state").replaceChildren(...all);
    Object.assign(place("state").dataset, { total, distance: found ? found.distance : "" });
  }

  function say(found) {
    place("formula").textContent = `${told.distribution.replace("_", "-")} with ${family.names.map((name, at) => `${name} ${short(found.outer[at])}`).join(", ")}`;
    Object.assign(place("fit").dataset, Object.fromEntries(family.names.map((name, at) => [name, found.outer[at]])));
    const value = told.read.map((level) => quantile(found.outer, level));
    cells(place("quantiles"), value.map((one, at) => [`${Math.round(100 * told.read[at])} %`, short(plain(one)), ...(told.own ? [short(one)] : [])]));
    draw(found.outer, value);
    if (!told.grid) return;
    const records = implied(found.outer), table = place("implied").querySelector("table");
    cells(table, records.found.map(([low, middle, high], at) => {
      const { title, percent } = told.statistics[at];
      return [title, shown(middle, percent), `${shown(low, percent)} to ${shown(high, percent)}`];
    }));
    table.dataset.quantiles = JSON.stringify(records.found);
    place("beyond").hidden = records.inside;
  }

  /** Density on the scale of the model, with ticks in the plain unit at the edges of bins. */
  function draw(outer, value) {
    const ends = [quantile(outer, 0.002), quantile(outer, 0.998)], edges = told.edges;
    const low = told.support[0] ?? Math.min(ends[0], edges[0]), high = told.support[1] ?? Math.max(ends[1], edges[edges.length - 1]);
    const x = (at) => 20 + 600 * (at - low) / (high - low);
    const points = Array.from({ length: 201 }, (_, at) => low + (high - low) * (at + 0.5) / 201);
    const height = points.map((at) => family.density(at, outer)), top = Math.max(...height.filter(Number.isFinite));
    const path = points.map((at, which) => `${which ? "L" : "M"}${x(at).toFixed(1)} ${(150 - 135 * Math.min(1, height[which] / top)).toFixed(1)}`).join("");
    const every = Math.ceil(edges.length / 6);
    const marks = edges.filter((_, at) => at % every === 0).map((edge) => `<text x="${x(edge).toFixed(1)}" y="176" text-anchor="middle">${short(plain(edge))}</text>`).join("");
    const levels = [0, 2, 4].map((at) => `<line x1="${x(value[at]).toFixed(1)}" x2="${x(value[at]).toFixed(1)}" y1="${at === 2 ? 20 : 110}" y2="150"/>`).join("");
    const figure = place("density"), text = `Fitted distribution: median ${short(plain(value[2]))}, 5 % to 95 % from ${short(plain(value[0]))} to ${short(plain(value[4]))}.`;
    figure.querySelector("svg").innerHTML = `<path d="${path}"/><line x1="20" x2="620" y1="150" y2="150"/>${levels}${marks}`;
    figure.querySelector("svg").setAttribute("aria-label", text);
    figure.querySelector("figcaption").textContent = `${text} Upright lines: these three values. The axis is that of the model, its numbers are those you are asked about.`;
  }

  function save(chips, laid) {
    const expert = place("expert").value.trim().replace(/\s+/g, " "), reason = place("reason").value.trim().replace(/\s+/g, " ");
    const lacks = [expert ? "" : "your name", reason.length >= 10 ? "" : "a reason of ten letters or more", laid ? "" : "chips"].filter(Boolean);
    place("missing").textContent = lacks.length ? `Still missing: ${lacks.join(", ")}.` : "Everything is there. Send the file to whoever asked you.";
    const link = place("save");
    link.hidden = lacks.length > 0;
    if (lacks.length) return;
    const content = { form: told.form, parameter: told.parameter, expert, reason, edges: told.edges, chips };
    link.href = `data:application/json;charset=utf-8,${encodeURIComponent(`${JSON.stringify(content, null, 1)}\n`)}`;
    link.download = `${told.parameter}_${expert.replace(/[^\p{L}\p{N}]+/gu, "_")}.json`;
  }

  function step(field, by) {
    field.value = String(Math.min(told.most, Math.max(0, (read(field) || 0) + by)));
    update();
  }

  const KEYS = { ArrowUp: 1, ArrowDown: -1, ArrowRight: 1, ArrowLeft: -1, PageUp: 10, PageDown: -10 };
  rows.forEach((row, at) => {
    for (const button of row.querySelectorAll("button")) button.addEventListener("click", () => step(fields[at], Number(button.dataset.step)));
    fields[at].addEventListener("keydown", (event) => {
      if (!(event.key in KEYS) || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      step(fields[at], KEYS[event.key]);
    });
  });
  place("answer").addEventListener("input", update);
  place("answer").addEventListener("submit", (event) => event.preventDefault());
  place("clear").addEventListener("click", () => { for (const field of fields) field.value = "0"; update(); });
  update();
  place("no-script").hidden = true;
  place("answer").hidden = false;
  place("answer").dataset.ready = "yes";
})();
