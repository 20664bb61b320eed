// The figures of what a program told the tracker: histograms, heat maps, fields, images, graphs. Loaded when
// there is a first one. Text from a program is only ever set as text. Painted at most ten times in a second.
import {
  type Drawing,
  drawing,
  type Field,
  Frames,
  type Graph,
  type Grid,
  type Heat,
  type Histogram,
  type Images,
  layers,
  leaks,
  MOST_FIGURES,
  short,
  summary,
  table,
} from "./frames";
import { greys, onTheme, parts, reader, type Scale, scale } from "./palette";

const PAUSE = 100;
const PLAY = 160;
const RIDGES = 20;
const SVG = "http://www.w3.org/2000/svg";

function element<K extends keyof HTMLElementTagNameMap>(name: K, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** All figures of one submission. */
export class Figures {
  private readonly cards = new Map<string, Card>();
  private readonly dirty = new Set<Card>();
  private readonly endTheme: () => void;
  private timer = 0;
  private last = 0;

  constructor(private readonly host: HTMLElement) {
    this.endTheme = onTheme(() => {
      for (const card of this.cards.values()) this.soon(card);
    });
  }

  /** False if it is no drawing, or there is no room for it. */
  take(told: unknown): boolean {
    const frame = drawing(told);
    if (!frame) return false;
    const key = `${frame.kind} ${frame.name}`;
    let card = this.cards.get(key);
    if (!card) {
      if (this.cards.size >= MOST_FIGURES) return false;
      // One below the title of what was drawn, which stands higher while a program runs.
      const level = this.host.closest("[data-live-drawn]") ? "h4" : "h5";
      card = new Card(frame, level, (changed) => this.soon(changed));
      this.cards.set(key, card);
      this.host.append(card.place);
    }
    if (!card.add(frame)) return false;
    this.soon(card);
    return true;
  }

  remove(): void {
    clearTimeout(this.timer);
    this.endTheme();
    for (const card of this.cards.values()) card.remove();
    this.cards.clear();
    this.host.textContent = "";
  }

  private soon(card: Card): void {
    this.dirty.add(card);
    if (this.timer) return;
    const wait = Math.max(0, this.last + PAUSE - performance.now());
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      const changed = [...this.dirty];
      this.dirty.clear();
      for (const each of changed) each.paint();
      this.last = performance.now(); // after it: on a busy machine painting takes a part of the pause
    }, wait);
  }
}

/** One figure: a picture of the step that is shown, a slider through the others, and its numbers. */
class Card {
  readonly place = element("figure", "chart frame");
  private readonly frames = new Frames();
  private readonly picture = element("div", "picture");
  private readonly ends = element("p", "ends small muted");
  private readonly scrub = element("div", "scrub");
  private readonly slider = element("input");
  private readonly play = element("button", "button small", "Play");
  private readonly at = element("output", "small muted num");
  private readonly words = element("figcaption", "student-text");
  private readonly numbers = element("details", "numbers");
  private readonly resized: ResizeObserver;
  private shown = 0;
  private following = true;
  private playing = 0;
  private width = 0;

  constructor(
    first: Drawing,
    level: "h4" | "h5",
    private readonly changed: (card: Card) => void,
  ) {
    this.place.dataset.kind = first.kind;
    const name = element(level, "student-text", first.name);
    this.picture.setAttribute("role", "img");
    this.picture.setAttribute("aria-label", first.name);
    this.slider.type = "range";
    this.slider.min = "0";
    this.slider.setAttribute("aria-label", `Step of ${first.name}`);
    this.slider.addEventListener("input", () => {
      this.pause();
      this.go(Number(this.slider.value));
    });
    this.play.type = "button";
    this.play.addEventListener("click", () => (this.playing ? this.pause() : this.begin()));
    this.scrub.append(this.play, this.slider, this.at);
    this.scrub.hidden = true;
    this.numbers.append(element("summary", "", "As a table"));
    this.numbers.addEventListener("toggle", () => this.fill());
    const scroll = element("div", "picture-box");
    if (first.kind === "graph") {
      scroll.tabIndex = 0;
      scroll.setAttribute("role", "group");
      scroll.setAttribute("aria-label", `Graph ${first.name}`);
    }
    scroll.append(this.picture);
    this.place.append(name, scroll, this.ends, this.scrub, this.words, this.numbers);
    this.resized = new ResizeObserver(() => {
      if (Math.abs(this.place.clientWidth - this.width) > 1) this.changed(this);
    });
    this.resized.observe(this.place);
  }

  add(frame: Drawing): boolean {
    if (!this.frames.add(frame)) return false;
    if (this.following) this.shown = this.frames.frames.length - 1;
    return true;
  }

  remove(): void {
    clearInterval(this.playing);
    this.resized.disconnect();
    this.place.remove();
  }

  private begin(): void {
    if (this.shown === this.frames.frames.length - 1) this.go(0);
    this.play.textContent = "Pause";
    this.playing = window.setInterval(() => {
      if (this.shown >= this.frames.frames.length - 1) this.pause();
      else this.go(this.shown + 1);
    }, PLAY);
  }

  private pause(): void {
    clearInterval(this.playing);
    this.playing = 0;
    this.play.textContent = "Play";
  }

  private go(index: number): void {
    this.shown = index;
    this.following = index === this.frames.frames.length - 1;
    this.changed(this);
  }

  paint(): void {
    const all = this.frames.frames;
    const frame = all[this.shown];
    if (!frame || !this.place.isConnected) return;
    this.width = this.place.clientWidth;
    const said = summary(frame, all[0]);
    this.picture.setAttribute("aria-label", said);
    this.words.textContent = `${said}.`;
    this.scrub.hidden = all.length < 2;
    this.slider.max = String(all.length - 1);
    this.slider.value = String(this.shown);
    this.slider.setAttribute("aria-valuetext", `step ${frame.step}`);
    this.at.textContent = `step ${frame.step}, ${this.shown + 1} of ${all.length}`;
    this.draw(frame, all);
    this.fill();
  }

  private draw(frame: Drawing, all: Drawing[]): void {
    if (frame.kind === "graph") {
      this.picture.replaceChildren(graph(frame));
      return;
    }
    const read = reader(this.place);
    const room = Math.max(120, this.place.clientWidth - 26);
    const range = this.frames.range() ?? [0, 1];
    if (frame.kind === "histogram") {
      const pen = this.pen(room, 170);
      ridges(pen, room, 170, frame, all as Histogram[], range, read);
      this.ends.textContent = `from ${short(range[0])} to ${short(range[1])}${all.length > 1 ? "; older steps behind" : ""}; height: square root of the count`;
      return;
    }
    const colours =
      frame.kind === "images"
        ? greys(range)
        : scale(range, parts(read("--scale-low")), parts(read("--surface")), parts(read("--scale-high")));
    const ink = read("--hatch");
    if (frame.kind === "images") this.pictures(frame, room, colours, ink);
    else this.cells(frame, room, colours, ink, read);
    this.legend(colours);
  }

  private pen(width: number, height: number): CanvasRenderingContext2D {
    let canvas = this.picture.querySelector("canvas");
    if (!canvas) {
      canvas = document.createElement("canvas");
      this.picture.replaceChildren(canvas);
    }
    const dots = Math.min(2, devicePixelRatio || 1);
    canvas.width = Math.round(width * dots);
    canvas.height = Math.round(height * dots);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const pen = canvas.getContext("2d") as CanvasRenderingContext2D;
    pen.scale(dots, dots);
    pen.clearRect(0, 0, width, height);
    return pen;
  }

  private cells(
    frame: Heat | Field,
    room: number,
    colours: Scale,
    ink: string,
    read: (name: string) => string,
  ): void {
    const [high, wide] = [frame.rows.length, frame.rows[0]?.length ?? 1];
    const field = frame.kind === "field";
    const side = Math.max(1, Math.min(field ? 340 / wide : 26, room / wide, 340 / high));
    const [width, height] = [side * wide, side * high];
    const pen = this.pen(width, height);
    const rows = field ? frame.rows.toReversed() : frame.rows;
    paintCells(pen, rows, 0, 0, side, colours, ink);
    if (frame.kind === "heat" && frame.causal) {
      pen.fillStyle = read("--ahead");
      for (const y of rows.keys()) {
        for (let x = y + 1; x < wide; x += 1) {
          if (leaks(frame, y, x)) pen.fillRect(x * side, y * side, side, side);
        }
      }
    }
    if (!field) return;
    const [left, right, bottom, top] = frame.box;
    for (const [x, y, mark] of frame.points) {
      const across = ((x - left) / (right - left)) * width;
      const down = height - ((y - bottom) / (top - bottom)) * height;
      pen.beginPath();
      if (mark > 0) pen.rect(across - 3.5, down - 3.5, 7, 7);
      else pen.arc(across, down, 4, 0, 2 * Math.PI);
      pen.fillStyle = read(mark > 0 ? "--scale-high" : "--scale-low");
      pen.strokeStyle = read("--ink");
      pen.lineWidth = 1.5;
      pen.fill();
      pen.stroke();
    }
  }

  private pictures(frame: Images, room: number, colours: Scale, ink: string): void {
    const [high, wide] = [frame.images[0]?.length ?? 1, frame.images[0]?.[0]?.length ?? 1];
    const gap = 6;
    const side = Math.max(1, Math.min(Math.floor(84 / wide) || 1, Math.floor((room - gap) / wide)));
    const columns = Math.max(1, Math.floor((room + gap) / (wide * side + gap)));
    const lines = Math.ceil(frame.images.length / columns);
    const across = Math.min(columns, frame.images.length);
    const pen = this.pen(across * (wide * side + gap) - gap, lines * (high * side + gap) - gap);
    for (const [at, picture] of frame.images.entries()) {
      const x = (at % columns) * (wide * side + gap);
      const y = Math.floor(at / columns) * (high * side + gap);
      paintCells(pen, picture, x, y, side, colours, ink);
    }
  }

  private legend(colours: Scale): void {
    const bar = element("span", "bar");
    const stops = Array.from({ length: 9 }, (_, at) => {
      const value = colours.low + ((colours.high - colours.low) * at) / 8;
      return `rgb(${colours.colour(value).join(" ")})`;
    });
    bar.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
    this.ends.replaceChildren(short(colours.low), bar, short(colours.high));
  }

  private fill(): void {
    if (!this.numbers.open) return;
    const all = this.frames.frames;
    const frame = all[this.shown];
    if (!frame) return;
    const { caption, head, rows } = table(all, frame);
    const box = this.numbers.querySelector<HTMLElement>(".table-box") ?? element("div", "table-box");
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", `Numbers of ${frame.name}`);
    const made = element("table", "table");
    made.append(element("caption", "small muted", caption));
    const names = made.createTHead().insertRow();
    for (const name of head) {
      const cell = element(name ? "th" : "td", "num student-text", name);
      if (cell instanceof HTMLTableCellElement && name) cell.scope = "col";
      names.append(cell);
    }
    const body = made.createTBody();
    for (const row of rows) {
      const line = body.insertRow();
      for (const [at, text] of row.entries()) {
        const cell = element(at === 0 ? "th" : "td", "num student-text", text);
        if (at === 0) (cell as HTMLTableCellElement).scope = "row";
        line.append(cell);
      }
    }
    box.replaceChildren(made);
    this.numbers.append(box);
  }
}

function paintCells(
  pen: CanvasRenderingContext2D,
  rows: Grid,
  left: number,
  top: number,
  side: number,
  colours: Scale,
  ink: string,
): void {
  for (const [y, row] of rows.entries()) {
    for (const [x, value] of row.entries()) {
      // Whole pixels, or lines of the paper show between cells.
      const [x0, x1] = [Math.round(left + x * side), Math.round(left + (x + 1) * side)];
      const [y0, y1] = [Math.round(top + y * side), Math.round(top + (y + 1) * side)];
      if (typeof value === "number") {
        pen.fillStyle = `rgb(${colours.colour(value).join(" ")})`;
        pen.fillRect(x0, y0, x1 - x0, y1 - y0);
      } else hatch(pen, x0, y0, x1 - x0, y1 - y0, ink);
    }
  }
}

/** What is no number has no colour: lines from corner to corner; crossed for what is infinite would be lost. */
function hatch(
  pen: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
  ink: string,
): void {
  pen.save();
  pen.beginPath();
  pen.rect(x, y, width, height);
  pen.clip();
  pen.strokeStyle = ink;
  pen.lineWidth = 1;
  pen.beginPath();
  for (let at = -height; at < width; at += 4) {
    pen.moveTo(x + at, y + height);
    pen.lineTo(x + at + height, y);
  }
  pen.stroke();
  pen.restore();
}

/** Histograms over steps, the oldest at the back; the one that is shown stands out. Heights are the square
 * roots of counts: after a ReLU most values are 0, and the others would vanish. */
function ridges(
  pen: CanvasRenderingContext2D,
  width: number,
  height: number,
  shown: Histogram,
  all: Histogram[],
  [low, high]: [number, number],
  read: (name: string) => string,
): void {
  const drawn = all.filter((frame) => frame.counts.length > 0);
  const every = Math.max(1, Math.ceil(drawn.length / RIDGES));
  const kept = drawn.filter((frame, at) => frame === shown || at % every === 0 || at === drawn.length - 1);
  const [surface, line, hot] = [read("--surface"), read("--curve-1"), read("--curve-2")];
  const peak = Math.sqrt(Math.max(1, ...kept.flatMap((frame) => frame.counts)));
  const lift = kept.length > 1 ? height * 0.5 : 0;
  const tall = height - lift - 8;
  const size = high - low || 1;
  for (const [at, frame] of kept.entries()) {
    const base = height - 2 - lift * (1 - (kept.length > 1 ? at / (kept.length - 1) : 1));
    const step = (frame.high - frame.low) / frame.counts.length;
    const x = (value: number) => ((value - low) / size) * width;
    pen.beginPath();
    pen.moveTo(x(frame.low), base);
    for (const [bin, count] of frame.counts.entries()) {
      const y = base - (Math.sqrt(count) / peak) * tall;
      pen.lineTo(x(frame.low + bin * step), y);
      pen.lineTo(x(frame.low + (bin + 1) * step), y);
    }
    pen.lineTo(x(frame.high), base);
    pen.fillStyle = surface;
    pen.fill();
    pen.strokeStyle = frame === shown ? hot : line;
    pen.lineWidth = frame === shown ? 2.5 : 1;
    pen.stroke();
  }
}

/** Nodes in columns from left to right, by what they are made of. Every text is set as text. */
function graph(shown: Graph): SVGElement {
  const column = layers(shown);
  const columns = Math.max(0, ...column.values()) + 1;
  const [wide, high, across, down] = [116, 46, 156, 62];
  const at = new Map<string, [number, number]>();
  const used: number[] = Array(columns).fill(0);
  const most = Math.max(...used.map((_, each) => [...column.values()].filter((one) => one === each).length));
  for (const node of shown.nodes) {
    const each = column.get(node.id) ?? 0;
    const mine = [...column.values()].filter((one) => one === each).length;
    const top = ((most - mine) * down) / 2 + (used[each] ?? 0) * down;
    used[each] = (used[each] ?? 0) + 1;
    at.set(node.id, [each * across + 4, top + 8]);
  }
  const make = (name: string, given: Record<string, string | number>, text = "") => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(given)) made.setAttribute(key, String(value));
    if (text) made.textContent = text;
    return made;
  };
  const [width, height] = [(columns - 1) * across + wide + 8, most * down];
  const picture = make("svg", { viewBox: `0 0 ${width} ${height}`, width, height, class: "graph" });
  picture.setAttribute("aria-hidden", "true");
  for (const [start, end] of shown.edges) {
    const [x0, y0] = at.get(start) ?? [0, 0];
    const [x1, y1] = at.get(end) ?? [0, 0];
    const [from, to] = [x0 + wide, x1 - 5];
    const bend = Math.max(18, (to - from) / 2);
    const path = `M${from} ${y0 + high / 2}C${from + bend} ${y0 + high / 2} ${to - bend} ${y1 + high / 2} ${to} ${y1 + high / 2}`;
    picture.append(make("path", { d: path, class: "edge" }));
    picture.append(make("path", { d: `M${to} ${y1 + high / 2 - 4}l6 4l-6 4z`, class: "tip" }));
  }
  for (const node of shown.nodes) {
    const [x, y] = at.get(node.id) ?? [0, 0];
    const group = make("g", { class: node.wrong ? "node wrong" : "node" });
    group.append(make("rect", { x, y, width: wide, height: high, rx: 6 }));
    const fit = (text: string) => (text.length > 15 ? `${text.slice(0, 14)}…` : text);
    const mark = node.wrong ? "✗ " : "";
    group.append(make("text", { x: x + wide / 2, y: y + 19, class: "id" }, mark + fit(node.id)));
    group.append(make("text", { x: x + wide / 2, y: y + 36, class: "label" }, fit(node.label)));
    picture.append(group);
  }
  return picture;
}
