// The nodes' table.

import { element } from "/task.js";

const FIGURE = /(rate_hz|age_|latency|work_ms|real_time_factor)/;

export function showHealth(table, rows) {
  table.replaceChildren(...rows.map((row) => {
    const line = document.createElement("tr");
    const state = element("td", row.level);
    state.dataset.level = row.level;
    line.append(
      element("td", row.node), state, element("td", row.message), element("td", figures(row.values)),
      element("td", row.cpu === undefined ? "elsewhere" : `${row.cpu.toFixed(0)} %`),
      element("td", row.mb === undefined ? "" : `${row.mb.toFixed(0)} MB`));
    line.title = Object.entries(row.values).map(([key, value]) => `${key}: ${value}`).join("\n");
    return line;
  }));
}

function figures(values) {
  return Object.entries(values)
    .filter(([key, value]) => FIGURE.test(key) && value && value !== "nan" && value.length < 24)
    .slice(0, 8).map(([key, value]) => `${key} ${value}`).join(", ");
}

export function showFindings(list, findings) {
  list.replaceChildren(...findings.map((one) => {
    const item = element("li", `${one.name}: ${one.text} `);
    item.dataset.level = { OK: "ok", WARNING: "warning", WRONG: "error" }[one.level] || "";
    if (one.cure) item.append(element("span", `Cure: ${one.cure}`, "note"));
    return item;
  }));
}
