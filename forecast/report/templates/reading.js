// “Read the numbers” below a figure: a chart of the very CSV data that the page holds for it. What is drawn: forecast/report/lookup.py.
(() => {
  "use strict";

  function read(part) {
    const told = JSON.parse(part.querySelector("script").textContent), chooser = part.querySelector("select");
    const address = document.querySelector(`a[download="${part.dataset.figure}.csv"]`).href;
    let table = null;

    function update() {
      table ??= Plot.csvParse(decodeURIComponent(address.slice(address.indexOf(",") + 1)));
      const names = told.names ?? { "": "" }, column = (row, name) => (row[name] ? Number(row[name]) : NaN);
      const points = table.filter((row) => Object.entries({ ...told.keep, ...(chooser && { [told.choose]: chooser.value }) })
        .every(([name, value]) => row[name] === value)).map((row) => {
        const head = [told.rows[row[told.row]], told.names?.[row[told.series]]].filter(Boolean).join(", ");
        const about = [told.about, told.choices[row[told.choose]]].filter(Boolean).join(", "), shown = Object.fromEntries(
          Object.entries(row).map(([name, value]) => [name, value.replace(/^-(?=\d)|(?<=\de)-(?=\d)/g, "−")]));
        return {
          row: told.rows[row[told.row]], series: names[row[told.series] ?? ""],
          text: [[head, about].filter(Boolean).join(": "), ...told.tell.map((line) => charts.say(line, shown))].join("\n"),
          ...Object.fromEntries(Object.entries(told.columns).map(([part, name]) => [part, column(row, name)])) };
      }).filter((one) => Number.isFinite(one.middle));
      const rows = [...new Set(points.map((one) => one.row))];
      const series = Object.values(names).filter((name) => points.some((one) => one.series === name));
      points.sort((one, other) => rows.indexOf(one.row) - rows.indexOf(other.row) || series.indexOf(one.series) - series.indexOf(other.series));
      charts.intervals(part.querySelector(".chart"), { label: part.querySelector("summary").textContent, rows, series, points, unit: told.unit });
    }

    part.addEventListener("toggle", () => { if (part.open) update(); });
    chooser?.addEventListener("input", update);
    part.hidden = false;
    if (part.open) update();
  }

  charts.ready.then(() => document.querySelectorAll(".read").forEach(read), () => {});
})();
