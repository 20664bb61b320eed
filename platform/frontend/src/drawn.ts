// What a program drew: its figures and the curves of what it logged. The same code draws them while it
// runs, event by event, and afterwards from the data that the page brings along.
import { Curves, MOST_ROWS, sizeOf } from "./curves";
import type { Figures } from "./figures";
import type { Chart, LineStyle } from "./plot";
import { json } from "./server";

type Data = Record<string, unknown>;

const MOST_FIGURES = 16;
const COLOURS = 5;
const DASHES = [[], [9, 4], [2, 3], [10, 3, 2, 3]];

/** Neighbours differ in colour and in dashes, and the first twenty all look different. */
export function lineStyle(index: number): LineStyle {
  return { colour: `--curve-${(index % COLOURS) + 1}`, dash: DASHES[index % DASHES.length] ?? [] };
}

function element<K extends keyof HTMLElementTagNameMap>(name: K, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

interface Panel {
  names: string[];
  place: HTMLElement;
  words: HTMLElement;
  chart: Chart;
}

export class Drawn {
  private curves = new Curves();
  private panels: Panel[] = [];
  private figures = 0;
  private waiting = false;
  private plot: Promise<typeof import("./plot")> | null = null;
  private figured: Promise<Figures> | null = null;
  private readonly frames = element("div", "charts frames");
  private readonly charts = element("div", "charts");
  private readonly table = element("details", "numbers");
  private readonly pictures = element("div", "pictures");

  constructor(private readonly host: HTMLElement) {
    this.table.append(element("summary", "", "As a table"));
    this.table.addEventListener("toggle", () => this.fillTable());
    this.clear();
  }

  clear(): void {
    for (const panel of this.panels) panel.chart.remove();
    this.panels = [];
    this.curves = new Curves();
    this.figures = 0;
    void this.figured?.then(
      (all) => all.remove(),
      () => undefined,
    );
    this.figured = null;
    this.host.hidden = true;
    this.table.open = false;
    this.charts.textContent = "";
    this.pictures.textContent = "";
    const title = element(
      // Below the headline of a verdict, where there is one already.
      "liveDrawn" in this.host.dataset ? "h3" : "h4",
      "",
      this.host.closest("[data-lesson], [data-show]") ? "What the code drew" : "What your code drew",
    );
    this.host.replaceChildren(title, this.charts, this.frames, this.pictures);
  }

  take(kind: string, data: Data): void {
    if (kind === "figure" && typeof data.png_base64 === "string") this.figure(data.png_base64);
    if (kind === "drawing") void this.frame(data.drawing);
    if (kind === "metric" && this.curves.add(data.metric)) {
      this.host.hidden = false;
      if (this.waiting) return;
      this.waiting = true;
      requestAnimationFrame(() => void this.draw());
    }
  }

  private async frame(told: unknown): Promise<void> {
    this.figured ??= import(this.host.dataset.figures ?? "").then(
      (module: typeof import("./figures")) => new module.Figures(this.frames),
    );
    const mine = this.figured;
    try {
      const all = await mine;
      if (mine === this.figured && all.take(told)) this.host.hidden = false;
    } catch {
      if (mine === this.figured) this.figured = null; // offline: the next frame tries again
    }
  }

  private figure(png: string): void {
    if (this.figures >= MOST_FIGURES) return;
    this.figures += 1;
    this.host.hidden = false;
    const image = element("img", "code-figure");
    image.alt = `Figure ${this.figures} of your code`;
    [image.width, image.height] = sizeOf(png) ?? [640, 480];
    image.src = `data:image/png;base64,${png}`;
    this.pictures.append(image);
  }

  private async draw(): Promise<void> {
    this.plot ??= import(this.host.dataset.plot ?? "");
    let module: typeof import("./plot");
    try {
      module = await this.plot;
    } catch {
      this.plot = null; // offline: the next point tries again; the table needs no drawing
      return;
    } finally {
      this.waiting = false;
      if (!this.table.isConnected && !this.curves.empty) this.charts.after(this.table);
      this.fillTable();
    }
    if (this.curves.empty) return;
    const charts = this.curves.charts();
    if (JSON.stringify(charts) !== JSON.stringify(this.panels.map((panel) => panel.names))) {
      for (const panel of this.panels) panel.chart.remove();
      this.charts.textContent = "";
      this.panels = charts.map((names) => this.panel(module, names));
    }
    const steps = this.curves.steps();
    for (const panel of this.panels) {
      const summary = this.curves.summary(panel.names);
      panel.place.setAttribute("aria-label", summary);
      panel.words.textContent = `${summary}.`;
      panel.chart.draw(
        steps,
        panel.names.map((name) => this.curves.line(name)),
      );
    }
  }

  private panel(module: typeof import("./plot"), names: string[]): Panel {
    const figure = element("figure", "chart");
    const keys = element("ul", "curve-keys");
    const styles = names.map((name) => lineStyle(this.curves.names.indexOf(name)));
    for (const [index, name] of names.entries()) {
      const key = element("li");
      key.append(sample(styles[index] ?? lineStyle(0)), element("span", "student-text", name));
      keys.append(key);
    }
    const place = element("div", "plot");
    place.setAttribute("role", "img");
    place.setAttribute("aria-label", names.join(", "));
    const words = element("figcaption", "student-text");
    figure.append(keys, place, words);
    this.charts.append(figure);
    return { names, place, words, chart: module.chart(place, styles) };
  }

  private fillTable(): void {
    if (!this.table.open || this.curves.empty) return;
    const { head, rows, steps } = this.curves.table();
    const box = this.table.querySelector<HTMLElement>(".table-box") ?? element("div", "table-box");
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", "What your code logged");
    const table = element("table", "table");
    const caption = steps > MOST_ROWS ? `${rows.length} of ${steps} steps` : "Every step";
    table.append(element("caption", "small muted", caption));
    const names = table.createTHead().insertRow();
    for (const name of head) {
      const cell = element("th", "num", name);
      cell.scope = "col";
      names.append(cell);
    }
    const body = table.createTBody();
    for (const row of rows) {
      const line = body.insertRow();
      for (const text of row) line.append(element("td", "num", text));
    }
    box.replaceChildren(table);
    this.table.append(box);
  }
}

/** A short piece of a curve, for the key above the chart. */
export function sample(style: LineStyle): SVGElement {
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  picture.setAttribute("viewBox", "0 0 32 8");
  picture.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(space, "path");
  line.setAttribute("d", "M0 4H32");
  line.setAttribute("stroke-dasharray", style.dash.join(" "));
  line.setAttribute("class", style.colour.slice(2));
  picture.append(line);
  return picture;
}

/** Draws what the page brought along, or fetches what is too much for that. What is returned must be cleared
 * before its place leaves the page: charts go on listening for other themes and widths. */
export function drawn(root: ParentNode): Drawn[] {
  const all: Drawn[] = [];
  for (const host of root.querySelectorAll<HTMLElement>("[data-drawn]")) {
    const from = host.dataset.drawn;
    const along = host.querySelector("script")?.textContent ?? "[]";
    delete host.dataset.drawn;
    const picture = new Drawn(host);
    all.push(picture);
    const draw = (events: [string, Data][]) => {
      if (!host.isConnected) return; // another verdict came meanwhile
      for (const [kind, data] of events) picture.take(kind, data);
    };
    if (!from) draw(JSON.parse(along) as [string, Data][]);
    else
      void json<{ drawn: [string, Data][] }>(from).then(
        (answer) => draw(answer.drawn),
        () => undefined,
      );
  }
  return all;
}
