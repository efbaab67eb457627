// What if: of the simulated futures in this page those that agree with some conditions, and what else holds in them.
// The rules are those of `forecast condition`; the layout of the futures is told in forecast/report/what_if.py.
(() => {
  "use strict";
  const place = (id) => document.getElementById(id);
  const told = JSON.parse(place("what-if-data").textContent), words = JSON.parse(place("what-if-words").textContent);
  const say = charts.say;
  const LEVELS = [0.5, 0.05, 0.95];
  const BINS = 24, MOSTLY = 0.995;  // of a histogram: bars at most, and the share of futures before its last bar may be open
  const ALL = "all", TERM = "term", MOST = 8;

  // Futures, unpacked once.

  function columns(one, buffer, batches) {
    let at = 0;
    const count = told.futures;
    const take = (width) => {
      const part = buffer.slice(at, at += count * width);
      return width === 2 ? new Uint16Array(part) : new Uint8Array(part);
    };
    one.contact = told.ranks.slice(1).map(() => one.years.map(() => take(one.width.contact)));
    one.mention = told.topics.map(() => take(one.width.mention));
    one.batch = Array.from({ length: one.batches }, (_, kind) => new Uint8Array(batches, kind * count, count));
    one.winner = one.outcomes.length ? take(1) : null;
    for (const question of one.questions) {
      const bits = new Uint8Array(buffer.slice(at, at += Math.ceil(count / 8)));
      question.yes = Uint8Array.from({ length: count }, (_, future) => bits[future >> 3] >> (future & 7) & 1);
    }
    one.known = new Map();
  }

  function remembered(one, key, make) {
    if (!one.known.has(key)) one.known.set(key, make());
    return one.known.get(key);
  }

  /** Contacts of a rank, or of all, in a year or the term, of every future. */
  function contacts(one, rank, year) {
    return remembered(one, `contact ${rank} ${year}`, () => {
      const sum = new Float64Array(told.futures);
      one.contact.forEach((byYear, at) => byYear.forEach((column, when) => {
        if ((rank === ALL || told.ranks[at + 1] === rank) && (year === TERM || String(one.years[when]) === year)) {
          for (let future = 0; future < sum.length; future++) sum[future] += column[future];
        }
      }));
      return sum;
    });
  }

  /** Share of a topic among all mentions of every future; none (NaN) in a future without mentions. */
  function shares(one, topic) {
    return remembered(one, `topic ${topic}`, () => {
      const total = remembered(one, "mentions", () => one.mention.reduce(
        (sum, column) => sum.map((value, future) => value + column[future]), new Float64Array(told.futures)));
      const column = one.mention[told.topics.indexOf(topic)];
      return total.map((value, future) => (value > 0 ? column[future] / value : NaN));
    });
  }

  // Conditions.

  function agreeing(one, given) {
    const chosen = new Uint8Array(told.futures).fill(1);
    for (const each of given) {
      const values = each.question ? one.questions.find((asked) => asked.id === each.question).yes : contacts(one, each.rank, each.year);
      const [low, high] = each.question ? [each.yes ? 1 : 0, each.yes ? 1 : 0] : each.bounds;
      for (let future = 0; future < chosen.length; future++) chosen[future] &= values[future] >= low && values[future] <= high;
    }
    return chosen;
  }

  function lacks(one, given) {
    for (const each of given) {
      if (each.question && !one.questions.some((asked) => asked.id === each.question)) {
        return say(words.unasked, { scenario: one.label, question: told.names.question[each.question] });
      }
      if (!each.question && each.year !== TERM && !one.years.includes(Number(each.year))) return say(words.no_months, { scenario: one.label, year: each.year });
    }
    return "";
  }

  const leansOf = (one, given) => given.flatMap((each) => (
    each.question ? one.questions.find((asked) => asked.id === each.question).lean : [one.lean.contact]));

  // Numbers with their Monte Carlo errors.

  /** Mean of the values of some futures, and what the errors are made of: sums by batch, and the sum of squared influences. */
  function described(values, futures, batches) {
    const byBatch = batches.map(() => new Float64Array(256));
    let count = 0, sum = 0, alone = 0;
    for (let at = 0; at < futures.length; at++) {
      const value = values[futures[at]];
      if (value === value) { count += 1; sum += value; }  // not a number where a future has none
    }
    const mean = sum / count;
    for (let at = 0; at < futures.length; at++) {
      const future = futures[at], moves = (values[future] - mean) / count;
      if (moves === moves) {
        alone += moves * moves;
        for (let kind = 0; kind < batches.length; kind++) byBatch[kind][batches[kind][future]] += moves;
      }
    }
    return { mean, count, byBatch, alone };
  }

  /** Standard error of the mean of batch estimates; none from a single batch. */
  function spread(sums, batch) {
    const used = remembered(batch, "used", () => [...new Set(batch)]);
    const scaled = used.map((at) => sums[at] * used.length);
    const middle = scaled.reduce((sum, value) => sum + value, 0) / scaled.length;
    const squares = scaled.reduce((sum, value) => sum + (value - middle) ** 2, 0);
    return used.length > 1 ? Math.sqrt(squares / (used.length - 1)) / Math.sqrt(used.length) : NaN;
  }

  /** Error of what leans on several components: parts add up, and the error of independent futures is in each of them. */
  function combined(byBatch, alone, batches) {
    const squares = byBatch.map((sums, kind) => spread(sums, batches[kind]) ** 2);
    const sum = squares.reduce((found, value) => found + value, 0);
    return Math.sqrt(Math.max(sum - (squares.length - 1) * alone, ...squares));
  }

  const errorOf = (found, batches) => combined(found.byBatch, found.alone, batches);

  /** Before, after and change, each with its error. */
  function beside(one, key, values, leans) {
    const kinds = [...new Set(leans)].sort(), batches = kinds.map((kind) => one.batch[kind]);
    const before = remembered(one, `before ${key} ${kinds}`, () => described(values, one.every, batches));
    const after = described(values, one.chosen, batches);
    const moved = after.byBatch.map((sums, kind) => sums.map((value, at) => value - before.byBatch[kind][at]));
    const alone = after.alone + before.alone - 2 * after.alone * after.count / before.count;
    return {
      before: before.mean, beforeError: errorOf(before, batches), after: after.mean, afterError: errorOf(after, batches),
      change: after.mean - before.mean, changeError: combined(moved, alone, batches),
    };
  }

  /** What stands before where nothing stands after. */
  function alone(one, key, values, leans) {
    const kinds = [...new Set(leans)].sort(), batches = kinds.map((kind) => one.batch[kind]);
    const before = remembered(one, `before ${key} ${kinds}`, () => described(values, one.every, batches));
    return { before: before.mean, beforeError: kinds.length ? errorOf(before, batches) : NaN };
  }

  /** Values that occur, in order, and which of them every future has. */
  function occurring(one, key, values) {
    return remembered(one, `order ${key}`, () => {
      const found = [...new Set(Float64Array.from(values).sort())].filter((value) => value === value);
      const at = new Map(found.map((value, place) => [value, place]));
      return { found, at: Uint32Array.from(values, (value) => at.get(value) ?? found.length) };
    });
  }

  /** Quantiles of the values of some futures, interpolated between neighbours. */
  function quantiles(one, key, values, futures, levels = LEVELS) {
    const order = occurring(one, key, values), upto = new Uint32Array(order.found.length + 1);
    for (let at = 0; at < futures.length; at++) upto[order.at[futures[at]]] += 1;
    for (let at = 1; at < order.found.length; at++) upto[at] += upto[at - 1];
    const count = upto[order.found.length - 1];
    const nth = (place) => order.found[upto.findIndex((seen) => seen > place)];
    return levels.map((level) => {
      const at = (count - 1) * level, below = Math.floor(at), low = nth(below), high = nth(Math.min(below + 1, count - 1));
      return low + (at - below) * (high - low);
    });
  }

  // Numbers as the tables print them.

  /** So many decimals, a tie to the even digit as in the tables; thousands and a real minus sign. */
  function number(value, digits = 0) {
    if (!Number.isFinite(value)) return "–";
    const exact = Math.abs(value).toFixed(60);
    const point = exact.indexOf("."), cut = digits ? point + 1 + digits : point;
    const rest = exact.slice(digits ? cut : cut + 1);
    let whole = BigInt(exact.slice(0, cut).replace(".", ""));
    const tie = rest[0] === "5" && /^50*$/.test(rest);
    if (tie ? whole % 2n === 1n : rest[0] >= "5") whole += 1n;
    const text = whole.toString().padStart(digits + 1, "0");
    const left = text.slice(0, text.length - digits).replace(/\B(?=(\d{3})+$)/g, words.group);
    return (value < 0 && whole > 0n ? "−" : "") + left + (digits ? words.point + text.slice(-digits) : "");
  }

  const digitsFor = (error) => (Number.isFinite(error) && error > 0 ? Math.min(4, Math.max(0, -Math.floor(Math.log10(error)))) : 2);

  function withError(value, error, scale = 1, unit = "") {
    const digits = digitsFor(scale * error);
    return `${number(scale * value, digits)} ± ${number(scale * error, digits)}${unit}`;
  }

  const percent = (value) => `${number(100 * value, Math.abs(value) >= 0.0995 ? 0 : 1)} %`;
  const signed = (value, error, scale, unit) => (value > 0 ? "+" : "") + withError(value, error, scale, unit);
  const spreadText = (found, show) => say(words.spread, { middle: show(found[0]), low: show(found[1]), high: show(found[2]) });

  // What is shown.

  const form = place("what-if-form"), list = place("given"), shown = place("what-if-shown"), status = place("agreed");
  let untouched = true;

  function given() {
    return [...list.children].map((row) => {
      const field = (name) => row.querySelector(`[data-field=${name}]`);
      if (row.dataset.kind === "question") {
        const question = field("question").value, yes = field("answer").value === "yes";
        return { question, yes, text: `${question}=${yes ? "yes" : "no"}` };
      }
      const many = field("many"), valid = /^\d{1,7}$/.test(many.value.trim());
      many.setAttribute("aria-invalid", String(!valid));
      const bound = Number(many.value), least = field("sign").value === "least";
      const rank = field("rank").value, year = field("year").value;
      return {
        rank, year, valid, bounds: least ? [bound, Infinity] : [0, bound],
        text: `contacts_${year === TERM ? "total" : year}${rank === ALL ? "" : `_${rank}`}${least ? ">=" : "<="}${bound}`,
      };
    });
  }

  function update() {
    const began = performance.now();
    const conditions = given(), wrong = conditions.some((each) => each.valid === false);
    untouched = !conditions.length || wrong;
    place("add-question").disabled = place("add-question").dataset.none === "" || conditions.length >= MOST;
    place("add-count").disabled = conditions.length >= MOST;
    for (const one of told.scenarios) {
      one.lacks = untouched ? "" : lacks(one, conditions);
      one.agrees = untouched || one.lacks ? null : agreeing(one, conditions);
      one.chosen = one.agrees ? one.every.filter((future) => one.agrees[future]) : one.every;
      one.leans = untouched || one.lacks ? [] : leansOf(one, conditions);
    }
    status.replaceChildren(...(wrong ? [line(words.whole)] : conditions.length ? told.scenarios.map(agreement) : [
      line(say(words.untouched, { simulated: number(told.scenarios[0].simulated), futures: number(told.futures) }))]));
    place("command").textContent = untouched ? "" : `forecast condition RUN ${conditions.map((each) => `--given "${each.text}"`).join(" ")}`;
    place("command-line").hidden = untouched;
    tables(scenario());
    shown.dataset.milliseconds = (performance.now() - began).toFixed(1);
  }

  const scenario = () => told.scenarios[Number(place("show-scenario").value)];
  const tells = (one) => !untouched && !one.lacks && one.chosen.length >= told.least;

  function line(text) {
    const found = document.createElement("p");
    found.textContent = text;
    return found;
  }

  function agreement(one) {
    if (one.lacks) return line(one.lacks);
    if (!one.chosen.length) {
      const none = line(say(words.none, { scenario: one.label, futures: number(told.futures) }));
      return Object.assign(none.dataset, { scenario: one.name, agree: 0, probability: 0 }) && none;
    }
    const found = described(one.agrees, one.every, [...new Set(one.leans)].map((kind) => one.batch[kind]));
    const error = errorOf(found, [...new Set(one.leans)].map((kind) => one.batch[kind]));
    const few = one.chosen.length < told.least ? ` ${say(words.few, { least: number(told.least) })}` : "";
    const text = line(say(words.agree, { scenario: one.label, agree: number(one.chosen.length), futures: number(told.futures),
      chance: withError(found.mean, error, 100, " %") }) + few);
    Object.assign(text.dataset, { scenario: one.name, agree: one.chosen.length, probability: found.mean, error });
    return text;
  }

  const byLevel = (when, found) => Object.fromEntries(LEVELS.map((level, at) => [`${when}Q${100 * level}`, found ? found[at] : ""]));

  /** One row of a table: words, what stands before, and how to compute what stands after. */
  function row(one, name, label, key, before, values, leans, show, scale, unit, of) {
    const found = document.createElement("tr");
    Object.assign(found.dataset, { key, ...of });
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = label;
    found.append(head);
    const tell = tells(one), few = !untouched && !tell;
    const numbers = untouched ? null : (tell ? beside : alone)(one, name, values(), [...leans, ...one.leans]);
    const sampled = numbers && told.futures < one.simulated;  // then all numbers are of the futures of the page
    const spreads = show && numbers ? { all: quantiles(one, name, values(), one.every), agree: tell && quantiles(one, name, values(), one.chosen) } : {};
    const cells = show ? [sampled ? spreadText(spreads.all, show) : before[0], tell ? spreadText(spreads.agree, show) : ""] : [];
    cells.push(sampled || before[1] === "" ? (numbers ? withError(numbers.before, numbers.beforeError, scale, unit) : "") : before[1]);
    cells.push(tell ? withError(numbers.after, numbers.afterError, scale, unit) : few ? words.too_few : "");
    cells.push(tell ? signed(numbers.change, numbers.changeError, scale, scale === 100 ? ` ${words.points}` : "") : "");
    for (const text of cells) {
      const cell = document.createElement("td");
      cell.textContent = text;
      found.append(cell);
    }
    if (numbers) Object.assign(found.dataset, numbers, byLevel("before", spreads.all), byLevel("after", spreads.agree));
    return found;
  }

  function tables(one) {
    const rank = place("show-rank").value, topic = place("show-topic").value;
    const ofContact = (label, key, who, year) => row(one, `contact ${who} ${year}`, label, key, one.before.contact[year][who],
      () => contacts(one, who, year), [one.lean.contact], number, 1, "", { window: year === TERM ? told.window : year, unit: told.units.contact });
    fill("what-if-ranks", told.ranks.map((key) => ofContact(told.names.contact[key], key, key, TERM)));
    fill("what-if-years", one.years.map((year) => ofContact(String(year), String(year), rank, String(year))));
    fill("what-if-topics", told.topics.map((key) => row(one, `topic ${key}`, told.names.topic[key], key, one.before.topic[key],
      () => shares(one, key), [one.lean.topic], percent, 100, " %", { window: told.window, unit: told.units.topic })));
    fill("what-if-questions", [
      ...one.questions.map((asked) => row(one, `question ${asked.id}`, told.names.question[asked.id], asked.id, ["", asked.before],
        () => asked.yes, asked.lean, null, 100, " %", { unit: told.units.question })),
      ...one.outcomes.map((outcome, at) => row(one, `outcome ${at}`, say(words.winner, { outcome }), `outcome ${outcome}`,
        ["", ""], () => one.winner.map((value) => Number(value === at)), [], null, 100, " %", { unit: told.units.question }))]);
    place("what-if-rank").textContent = told.names.contact[rank];
    histogram(one, `contact ${rank} ${TERM}`, place("chart-rank"), contacts(one, rank, TERM),
      say(words.chart_rank, { window: told.window, rank: told.names.contact[rank], scenario: one.label }), 1);
    histogram(one, `topic ${topic}`, place("chart-topic"), shares(one, topic),
      say(words.chart_topic, { topic: told.names.topic[topic], scenario: one.label }), 100);
    download();
  }

  function fill(id, rows) {
    const heads = [...place(id).tHead.rows[0].cells].map((cell) => cell.textContent);
    for (const row of rows) [...row.cells].forEach((cell, at) => label(cell, at ? heads[at] : ""));
    place(id).tBodies[0].replaceChildren(...rows);
  }

  /** What a cell is, for screens on which rows are stacked: the head of its column, and its role. */
  function label(cell, head) {
    cell.parentElement.setAttribute("role", "row");
    cell.setAttribute("role", head ? "cell" : "rowheader");
    if (head) cell.dataset.label = head;
  }

  /** Shares of all futures (outline) and of those that agree (filled) by value; the last bar has the few that lie far beyond. */
  function histogram(one, key, figure, values, title, scale) {
    const order = occurring(one, key, values), [top] = quantiles(one, key, values, one.every, [MOSTLY]);
    const step = Math.max(1, Math.ceil((top * scale + (scale === 1 ? 1 : 0)) / BINS));
    const at = (value) => Math.floor(value * scale / step + 1e-9);  // 0.29 times 100 is a little less than 29
    const bins = at(top) + 1, beyond = at(order.found[order.found.length - 1]) >= bins;
    const bin = order.found.map((value) => Math.min(bins - 1, at(value)));
    const count = (futures) => {
      const found = new Float64Array(bins + 1);
      for (let at = 0; at < futures.length; at++) found[bin[order.at[futures[at]]] ?? bins] += 1;
      return [...found.slice(0, bins)].map((value) => value / (futures.length - found[bins]));
    };
    const before = count(one.every), after = tells(one) ? count(one.chosen) : [];
    const held = { title, futures: number(told.futures) };
    const said = (futures) => spreadText(quantiles(one, key, values, futures), scale === 1 ? number : percent);
    const named = say(after.length ? words.label_agree : words.label, { ...held, all: said(one.every), agree: after.length ? said(one.chosen) : "" });
    const bars = before.map((all, at) => ({ from: at * step, to: (at + 1) * step, all, agree: after[at], 
      value: say(scale === 1 ? words.bar_contacts : words.bar_share, { value: between(at * step, step, scale, beyond && at === bins - 1) }) }));
    charts.histogram(figure.querySelector(".chart"), { label: named, bars, unit: scale === 100 ? " %" : "", axis: scale === 1 ? words.axis_contacts : words.axis_share });
    figure.querySelector("figcaption").textContent = say(after.length ? words.caption_agree : words.caption, held);
  }

  /** Values of a bar in words: whole numbers of contacts, or from one share to under the next; the last may be open. */
  function between(from, step, scale, open) {
    if (open) return say(words.beyond, { from: number(from) + (scale === 100 ? " %" : "") });
    if (scale === 100) return say(words.under, { from: number(from), to: `${number(from + step)} %` });
    return step === 1 ? number(from) : say(words.range, { from: number(from), to: number(from + step - 1) });
  }

  /** The tables below as one CSV file, behind a link that needs no network. */
  function download() {
    const literal = (text) => (/^\s*[=+\-@\uff0b\uff0d\uff1d\uff20]/.test(text) ? `'${text}` : text);  // as in every table: no formula
    const quote = (text) => `"${literal(text).replaceAll("\"", "\"\"")}"`;
    const one = scenario(), conditions = given().map((each) => each.text).join("; ");
    const levels = (when) => LEVELS.map((level) => [`${when}_q${String(100 * level).padStart(2, "0")}`, `${when}Q${100 * level}`]);
    const numbers = [["before", "before"], ["before_mcse", "beforeError"], ...levels("before"), ["after", "after"], ["after_mcse", "afterError"],
      ...levels("after"), ["change", "change"], ["change_mcse", "changeError"]];
    const lines = [["table", "row", "key", "scenario", "window", "unit", "conditions", "agree", "held", ...numbers.map(([name]) => name)].join(",")];
    for (const table of shown.querySelectorAll("table")) {
      for (const each of table.querySelectorAll("tbody tr")) {
        const value = each.dataset;
        lines.push([...[table.caption.textContent, each.firstChild.textContent, value.key, one.name, value.window ?? "", value.unit, conditions].map(quote),
          one.chosen.length, told.futures, ...numbers.map(([, name]) => value[name] ?? "")].join(","));
      }
    }
    const link = place("what-if-download");
    link.hidden = !tells(scenario());
    link.href = `data:text/csv;charset=utf-8,${encodeURIComponent(`${lines.join("\n")}\n`)}`;
  }

  const renumber = () => [...list.children].forEach((row, at) => row.setAttribute("aria-label", say(words.condition, { number: at + 1 })));

  function add(kind) {
    const row = place(`new-${kind}`).content.firstElementChild.cloneNode(true);
    list.append(row);
    renumber();
    row.querySelector("button").addEventListener("click", () => {
      row.remove();
      renumber();
      place(`add-${kind}`).focus();
      update();
    });
    row.querySelector("select").focus();
    for (const group of shown.querySelectorAll("details")) group.open ||= list.children.length === 1;
    update();
  }

  // Before anything is picked.

  /** What every answer needs, computed while nobody asks: columns, their order, and what stands before. */
  function prepare() {
    const tasks = told.scenarios.flatMap((one) => {
      const conditions = [[one.lean.contact], ...one.questions.map((asked) => asked.lean)];
      const task = (key, values, own, ordered) => () => {
        if (ordered) quantiles(one, key, values(), one.every);
        for (const given of conditions) beside(one, key, values(), [...own, ...given]);
      };
      return [
        ...told.ranks.flatMap((rank) => [TERM, ...one.years.map(String)].map((year) => (
          task(`contact ${rank} ${year}`, () => contacts(one, rank, year), [one.lean.contact], true)))),
        ...told.topics.map((topic) => task(`topic ${topic}`, () => shares(one, topic), [one.lean.topic], true)),
        ...one.questions.map((asked) => task(`question ${asked.id}`, () => asked.yes, asked.lean, false)),
      ];
    });
    const idle = window.requestIdleCallback ?? ((run) => setTimeout(() => run({ timeRemaining: () => 5 }), 20));
    const step = (deadline) => {
      do tasks.shift()?.(); while (tasks.length && deadline.timeRemaining() > 2);
      if (tasks.length) idle(step);
      else place("what-if").dataset.prepared = "yes";
    };
    idle(step);
  }

  async function begin() {
    await charts.ready;
    for (const one of told.scenarios) {
      columns(one, ...await Promise.all(one.data.map((text) => charts.unpacked(text).arrayBuffer())));
      one.every = Uint32Array.from({ length: told.futures }, (_, future) => future);
      for (const batch of one.batch) batch.known = new Map();
      one.known = new Map();
      delete one.data;
    }
    for (const kind of ["question", "count"]) place(`add-${kind}`).addEventListener("click", () => add(kind));
    form.addEventListener("input", update);
    form.addEventListener("submit", (event) => event.preventDefault());
    place("clear-given").addEventListener("click", () => { list.replaceChildren(); update(); });
    form.hidden = shown.hidden = false;
    update();
    place("what-if").dataset.ready = "yes";
    prepare();
  }

  if ("DecompressionStream" in window) begin();
  else status.textContent = words.too_old;
})();
