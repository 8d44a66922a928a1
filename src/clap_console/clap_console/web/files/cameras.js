// The cameras' pictures, fetched one after the other, as fast as they can be shown and no faster.

const PERIOD_MS = 250;
const SVG = "http://www.w3.org/2000/svg";

export class Cameras {
  constructor(place, wantsHeat) {
    this.place = place;
    this.wantsHeat = wantsHeat;
    this.label = "";
    this.figures = new Map();
  }

  set(names) {
    for (const [name, figure] of this.figures) {
      if (!names.includes(name)) { figure.all.remove(); this.figures.delete(name); }
    }
    for (const name of names) {
      if (!this.figures.has(name)) this.figures.set(name, this.make(name));
    }
  }

  make(name) {
    const all = document.createElement("figure");
    const image = document.createElement("img");
    image.alt = `what camera ${name} sees`;
    const caption = document.createElement("figcaption");
    caption.textContent = name;
    const drawing = document.createElementNS(SVG, "svg");
    all.append(image, drawing, caption);
    this.place.append(all);
    return { all, image, caption, drawing, stamp: "", url: "" };
  }

  async run() {
    for (;;) {
      const began = performance.now();
      if (!document.hidden) {
        for (const [name, figure] of this.figures) await this.refresh(name, figure);
      }
      await new Promise((resolve) =>
        setTimeout(resolve, Math.max(20, PERIOD_MS - (performance.now() - began))));
    }
  }

  async refresh(name, figure) {
    const heat = this.wantsHeat() ? 1 : 0;
    try {
      const reply = await fetch(`/api/camera/${encodeURIComponent(name)}?heat=${heat}&have=${figure.stamp}`,
        { signal: AbortSignal.timeout(5000), priority: "low" });
      if (reply.status !== 200) return;
      const blob = await reply.blob();
      const url = URL.createObjectURL(blob);
      figure.image.src = url;
      await figure.image.decode().catch(() => {});
      URL.revokeObjectURL(figure.url);
      figure.url = url;
      figure.stamp = reply.headers.get("x-stamp");
      this.draw(figure, reply.headers.get("x-size"), reply.headers.get("x-mark"));
    } catch { /* the line of what is wrong tells it */ }
  }

  draw(figure, size, mark) {
    const [width, height] = size.split(",").map(Number);
    figure.drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
    figure.drawing.style.aspectRatio = `${width} / ${height}`;
    if (!mark) { figure.drawing.replaceChildren(); return; }
    const [x, y] = mark.split(",").map(Number);
    const shape = (tag, attributes) => {
      const made = document.createElementNS(SVG, tag);
      for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
      return made;
    };
    const r = width / 60;
    const right = x < width * 0.6;
    const text = shape("text", { x: x + (right ? 1.6 : -1.6) * r, y: y - r, fill: "#fff",
      "font-size": width / 30, "text-anchor": right ? "start" : "end", stroke: "#000",
      "stroke-width": width / 220, "paint-order": "stroke" });
    text.textContent = this.label;
    figure.drawing.replaceChildren(
      shape("circle", { cx: x, cy: y, r, fill: "none", stroke: "#ff3d8b", "stroke-width": r / 3 }),
      shape("circle", { cx: x, cy: y, r: r / 4, fill: "#ff3d8b" }), text);
  }
}
