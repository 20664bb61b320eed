// The drawings of a learner's program as frames over steps: read, bounded, said in words, laid out. No page
// needed. The grader checked them already (grader/grading/drawings.py); here only the expected form is taken.

export type Cell = number | "nan" | "inf" | "-inf";
export type Grid = Cell[][];

interface Common {
  name: string;
  step: number;
}
export interface Histogram extends Common {
  kind: "histogram";
  counts: number[];
  low: number;
  high: number;
  mean: number | null;
  std: number | null;
  dead: number | null;
  odd: number;
  total: number;
}
export interface Heat extends Common {
  kind: "heat";
  rows: Grid;
  shape: number[];
  row_names: string[];
  column_names: string[];
  causal?: boolean;
}
export interface Field extends Common {
  kind: "field";
  rows: Grid;
  shape: number[];
  box: [number, number, number, number];
  points: [number, number, number][];
}
export interface Images extends Common {
  kind: "images";
  images: Grid[];
  names: string[];
  shape: number[];
  total: number;
}
export interface Graph extends Common {
  kind: "graph";
  nodes: { id: string; label: string; wrong: boolean }[];
  edges: [string, string][];
}
export type Drawing = Histogram | Heat | Field | Images | Graph;

export interface Table {
  caption: string;
  head: string[];
  rows: string[][];
}

export const MOST_FIGURES = 16;
export const MOST_FRAMES = 200;
const SIDE = 64;
const CELLS = SIDE * SIDE;

const finite = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const cell = (value: unknown): value is Cell =>
  finite(value) || value === "nan" || value === "inf" || value === "-inf";
const list = (value: unknown, most: number): value is unknown[] =>
  Array.isArray(value) && value.length <= most;
const texts = (value: unknown): value is string[] =>
  list(value, SIDE) && value.every((each) => typeof each === "string");
const numbers = (value: unknown, most: number): value is number[] => list(value, most) && value.every(finite);

function grid(value: unknown): value is Grid {
  if (!list(value, SIDE) || value.length === 0) return false;
  const width = (value[0] as unknown[] | null)?.length;
  return value.every((row) => list(row, SIDE) && row.length > 0 && row.length === width && row.every(cell));
}

/** One frame, if it has the form of one. */
export function drawing(told: unknown): Drawing | null {
  const it = told as Record<string, unknown> | null;
  if (typeof it !== "object" || it === null) return null;
  if (typeof it.name !== "string" || it.name.length > 200 || !finite(it.step)) return null;
  const good =
    (it.kind === "histogram" &&
      numbers(it.counts, SIDE) &&
      finite(it.low) &&
      finite(it.high) &&
      [it.mean, it.std, it.dead].every((each) => each === null || finite(each)) &&
      finite(it.odd)) ||
    (it.kind === "heat" &&
      grid(it.rows) &&
      texts(it.row_names) &&
      texts(it.column_names) &&
      (it.causal === undefined || typeof it.causal === "boolean")) ||
    (it.kind === "field" &&
      grid(it.rows) &&
      numbers(it.box, 4) &&
      it.box.length === 4 &&
      list(it.points, 300) &&
      it.points.every((point) => numbers(point, 3) && point.length === 3)) ||
    (it.kind === "images" &&
      list(it.images, 16) &&
      it.images.length > 0 &&
      it.images.every(grid) &&
      (it.images as Grid[]).reduce((sum, each) => sum + each.length * (each[0]?.length ?? 0), 0) <= CELLS &&
      texts(it.names) &&
      finite(it.total)) ||
    (it.kind === "graph" && graph(it));
  return good ? (it as unknown as Drawing) : null;
}

function graph(it: Record<string, unknown>): boolean {
  if (!list(it.nodes, SIDE) || !list(it.edges, 4 * SIDE)) return false;
  const known = new Set<unknown>();
  for (const node of it.nodes) {
    const { id, label, wrong } = (node ?? {}) as Record<string, unknown>;
    if (typeof id !== "string" || typeof label !== "string" || typeof wrong !== "boolean") return false;
    known.add(id);
  }
  return (
    known.size === it.nodes.length &&
    it.edges.every((edge) => list(edge, 2) && edge.length === 2 && edge.every((end) => known.has(end)))
  );
}

/** All frames of one figure, in the order of their steps as they came. */
export class Frames {
  readonly frames: Drawing[] = [];

  /** False where there is no room for more. A step that is told again takes the place of what was told. */
  add(frame: Drawing): boolean {
    const again = this.frames.findIndex((each) => each.step === frame.step);
    if (again >= 0) this.frames[again] = frame;
    else if (this.frames.length < MOST_FRAMES) this.frames.push(frame);
    else return false;
    return true;
  }

  /** The smallest and largest number of all frames, so that one scale serves them; null if there is none. */
  range(): [number, number] | null {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const frame of this.frames) {
      for (const value of valuesOf(frame)) {
        if (value < low) low = value;
        if (value > high) high = value;
      }
    }
    return low <= high ? [low, high] : null;
  }
}

function* valuesOf(frame: Drawing): Generator<number> {
  if (frame.kind === "histogram") {
    if (frame.counts.length > 0) yield* [frame.low, frame.high];
    return;
  }
  if (frame.kind === "graph") return;
  for (const rows of frame.kind === "images" ? frame.images : [frame.rows]) {
    for (const row of rows) for (const value of row) if (typeof value === "number") yield value;
  }
}

/** A number as a reader takes it in. */
export function short(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 1e5 || size < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}

const percent = (share: number) => `${Math.round(share * 100)} %`;
const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? "" : "s"}`;
const sized = (shape: number[]) => shape.join(" by ");

/** One sentence about a frame; `first` is the first of the same figure. */
export function summary(frame: Drawing, first: Drawing = frame): string {
  const at = `${frame.name} at step ${frame.step}`;
  if (frame.kind === "histogram") return `${at}: ${spread(frame, first)}`;
  if (frame.kind === "graph") {
    const wrong = frame.nodes.filter((node) => node.wrong).map((node) => node.id);
    const marked = wrong.length > 0 ? `; marked as wrong: ${wrong.join(", ")}` : "";
    return `${at}: ${plural(frame.nodes.length, "node")}, ${plural(frame.edges.length, "edge")}${marked}`;
  }
  const values = [...valuesOf(frame)];
  const cells = frame.kind === "images" ? frame.images.flat(2) : frame.rows.flat();
  const [low, high] = bounds(values);
  const range = values.length > 0 ? `from ${short(low)} to ${short(high)}` : "no numbers";
  const odd = cells.length - values.length;
  const gaps = odd > 0 ? `; ${odd} of ${cells.length} cells are no number (NaN or infinite), hatched` : "";
  if (frame.kind === "images") {
    const more = frame.total > frame.images.length ? `, the first of ${frame.total}` : "";
    return `${at}: ${plural(frame.images.length, "picture")} of ${sized(frame.shape)}${more}, ${range}${gaps}`;
  }
  if (frame.kind === "field") {
    const points = frame.points.length > 0 ? `, with ${plural(frame.points.length, "point")}` : "";
    const [left, right, bottom, top] = frame.box;
    const over = `over x from ${short(left)} to ${short(right)}, y from ${short(bottom)} to ${short(top)}`;
    return `${at}: ${range} ${over}${points}${gaps}`;
  }
  return `${at}: ${sized(frame.shape)}, ${range}${largest(frame, high)}${gaps}${ahead(frame)}`;
}

/** Whether a cell of a causal matrix looks at the future, by more than what rounding leaves. */
export function leaks(frame: Drawing, y: number, x: number): boolean {
  if (frame.kind !== "heat" || !frame.causal || x <= y) return false;
  const value = frame.rows[y]?.[x] ?? 0;
  return typeof value !== "number" || Math.abs(value) > 1e-4;
}

function ahead(frame: Heat): string {
  if (!frame.causal) return "";
  const count = frame.rows.flatMap((row, y) => row.filter((_, x) => leaks(frame, y, x))).length;
  return count > 0
    ? `; ${plural(count, "cell")} above the diagonal ${count === 1 ? "is" : "are"} not 0 and red: a place sees its future`
    : "; nothing above the diagonal";
}

function bounds(values: number[]): [number, number] {
  return values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ] as [number, number]);
}

function spread(frame: Histogram, first: Drawing): string {
  const odd = frame.odd > 0 ? `; ${frame.odd} of ${frame.total} are no number (NaN or infinite)` : "";
  if (frame.counts.length === 0) return `no numbers${odd}`;
  const moments =
    frame.mean !== null && frame.std !== null
      ? `, mean ${short(frame.mean)}, spread ${short(frame.std)}`
      : "";
  let dead = "";
  if (frame.dead !== null && (frame.dead > 0 || (first.kind === "histogram" && first.dead))) {
    const before = first.kind === "histogram" && first.dead !== null && first !== frame ? first.dead : null;
    const was = before === null ? "" : ` (${percent(before)} at step ${first.step})`;
    dead = `; ${percent(frame.dead)} of units are dead, 0 everywhere${was}`;
  }
  return `from ${short(frame.low)} to ${short(frame.high)}${moments}${dead}${odd}`;
}

function largest(frame: Heat, high: number): string {
  const row = frame.rows.findIndex((cells) => cells.includes(high));
  if (row < 0) return "";
  const column = frame.rows[row]?.indexOf(high) ?? 0;
  const name = (names: string[], at: number) => names[at] ?? String(at);
  return `, the largest in row ${name(frame.row_names, row)}, column ${name(frame.column_names, column)}`;
}

const written = (value: Cell | null) =>
  value === null ? "" : typeof value === "number" ? String(value) : value;

/** The numbers of a figure: of a histogram all frames, of the others the frame that is shown. */
export function table(frames: Drawing[], shown: Drawing): Table {
  const caption = `Step ${shown.step}`;
  if (shown.kind === "histogram") {
    const rows = frames.flatMap((frame) =>
      frame.kind === "histogram"
        ? [[frame.step, frame.low, frame.high, frame.mean, frame.std, frame.dead, frame.odd].map(String)]
        : [],
    );
    const head = ["step", "from", "to", "mean", "spread", "dead units", "no number"];
    return {
      caption: "Every step",
      head,
      rows: rows.map((row) => row.map((text) => (text === "null" ? "" : text))),
    };
  }
  if (shown.kind === "graph") {
    const into = (id: string) => shown.edges.filter(([, end]) => end === id).map(([start]) => start);
    const rows = shown.nodes.map((node) => [
      node.id,
      node.label,
      into(node.id).join(", "),
      node.wrong ? "wrong" : "",
    ]);
    return { caption, head: ["node", "shape", "made of", "marked"], rows };
  }
  if (shown.kind === "images") {
    const rows = shown.images.map((picture, at) => {
      const values = picture.flat().filter((value): value is number => typeof value === "number");
      const [low, high] = bounds(values);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const said = values.length > 0 ? [short(low), short(mean), short(high)] : ["", "", ""];
      return [shown.names[at] ?? String(at), ...said];
    });
    return { caption, head: ["picture", "smallest", "mean", "largest"], rows };
  }
  const names = shown.kind === "heat" ? shown : { row_names: [], column_names: [] };
  const width = shown.rows[0]?.length ?? 0;
  const head = ["", ...Array.from({ length: width }, (_, at) => names.column_names[at] ?? String(at))];
  const rows = shown.rows.map((row, at) => [names.row_names[at] ?? String(at), ...row.map(written)]);
  return { caption, head, rows };
}

/** The column of each node: after all that it is made of. What lies in a circle is put where it comes up. */
export function layers(shown: Graph): Map<string, number> {
  const column = new Map(shown.nodes.map((node) => [node.id, 0]));
  for (let round = 0; round < shown.nodes.length; round += 1) {
    let moved = false;
    for (const [start, end] of shown.edges) {
      const wanted = (column.get(start) ?? 0) + 1;
      if (start !== end && wanted > (column.get(end) ?? 0) && wanted < shown.nodes.length) {
        column.set(end, wanted);
        moved = true;
      }
    }
    if (!moved) break;
  }
  return column;
}
