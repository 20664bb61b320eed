// What a program logged while it ran, merged into curves: one per name over the step. No page needed.
// The numbers come from a learner's program: any shape may arrive, and only the expected one is taken.

/** A value per step; null where it was no number (drawn as a gap), undefined where nothing was said. */
export type Line = (number | null | undefined)[];

export interface Table {
  head: string[];
  rows: string[][];
  /** How many steps there are in all; more than `rows` where some are left out. */
  steps: number;
}

export const MOST_NAMES = 16;
export const MOST_STEPS = 4000;
export const MOST_ROWS = 50;
/** Curves whose largest values differ by more than this would flatten each other: two charts. */
const SAME_CHART = 25;

const finite = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

export class Curves {
  private readonly values = new Map<number, Map<string, number | null>>();
  readonly names: string[] = [];

  /** Takes one message of the tracker, `{step, values: {name: number}}`. False if there is none in it. */
  add(message: unknown): boolean {
    const { step, values } = (message ?? {}) as { step?: unknown; values?: unknown };
    if (!finite(step) || typeof values !== "object" || values === null) return false;
    if (!this.values.has(step) && this.values.size >= MOST_STEPS) return false;
    const row = this.values.get(step) ?? new Map<string, number | null>();
    for (const [name, value] of Object.entries(values)) {
      if (value !== null && typeof value !== "number") continue;
      if (!this.names.includes(name)) {
        if (this.names.length >= MOST_NAMES) continue;
        this.names.push(name);
      }
      row.set(name, finite(value) ? value : null);
    }
    if (row.size === 0) return false;
    this.values.set(step, row);
    return true;
  }

  get empty(): boolean {
    return this.values.size === 0;
  }

  steps(): number[] {
    return [...this.values.keys()].sort((a, b) => a - b);
  }

  line(name: string): Line {
    return this.steps().map((step) => this.values.get(step)?.get(name));
  }

  /** Names whose curves can share a chart, in the order in which they were first heard. */
  charts(): string[][] {
    const charts: { size: number; names: string[] }[] = [];
    for (const name of this.names) {
      const size = Math.max(...this.line(name).map((value) => Math.abs(value ?? 0)));
      const fits = charts.find((chart) => size <= chart.size * SAME_CHART && chart.size <= size * SAME_CHART);
      if (fits) {
        fits.names.push(name);
        fits.size = Math.max(fits.size, size);
      } else {
        charts.push({ size, names: [name] });
      }
    }
    return charts.map((chart) => chart.names);
  }

  /** One sentence about these curves: "loss fell from 2.30 to 0.05 in 300 steps". */
  summary(names: string[] = this.names): string {
    return names.map((name) => this.phrase(name)).join("; ");
  }

  private phrase(name: string): string {
    const said = this.steps().flatMap((step): [number, number | null][] => {
      const value = this.values.get(step)?.get(name);
      return value === undefined ? [] : [[step, value]];
    });
    const good = said.filter((point): point is [number, number] => point[1] !== null);
    const [first, last] = [good[0], good.at(-1)];
    const missing = said.length - good.length;
    const since = said.find((point) => point[1] === null)?.[0];
    const gaps = `no number (NaN or infinite) at ${missing} of ${said.length} points, first at step ${since}`;
    if (!first || !last) return `${name} was ${gaps}`;
    const also = missing > 0 ? `, and was ${gaps}` : "";
    const [from, to] = pair(first[1], last[1]);
    if (good.length === 1) return `${name} was ${from} at step ${first[0]}${also}`;
    const steps = last[0] - first[0];
    const during = `in ${steps} step${steps === 1 ? "" : "s"}`;
    if (from === to) return `${name} began and ended at ${from} ${during}${also}`;
    return `${name} ${last[1] < first[1] ? "fell" : "rose"} from ${from} to ${to} ${during}${also}`;
  }

  /** The numbers themselves; evenly thinned, always with the first and the last step. */
  table(most: number = MOST_ROWS): Table {
    const all = this.steps();
    const kept =
      all.length <= most
        ? all
        : Array.from(
            { length: most },
            (_, row) => all[Math.round((row * (all.length - 1)) / (most - 1))] ?? 0,
          );
    const cell = (value: number | null | undefined) =>
      value === undefined ? "" : value === null ? "no number" : rounded(value, 5);
    const rows = kept.map((step) => [
      String(step),
      ...this.names.map((name) => cell(this.values.get(step)?.get(name))),
    ]);
    return { head: ["step", ...this.names], rows, steps: all.length };
  }
}

/** Two numbers as text: two decimals if both stay apart from each other and from nought that way. */
function pair(a: number, b: number): [string, string] {
  const plain = (value: number) => value === 0 || (Math.abs(value) >= 0.01 && Math.abs(value) < 1e5);
  if (plain(a) && plain(b) && (a === b || a.toFixed(2) !== b.toFixed(2))) return [a.toFixed(2), b.toFixed(2)];
  return [rounded(a, 3), rounded(b, 3)];
}

/** From here on a number is read by its exponent alone. A loss that runs away gets there within a few steps. */
export const HUGE = 1e15;

/** A number with so many digits at most. */
export function rounded(value: number, digits: number): string {
  const near = Number(value.toPrecision(digits));
  return Math.abs(near) < HUGE ? String(near) : near.toExponential();
}

/** Width and height of a PNG from its header, so that the page keeps its place before it is drawn. */
export function sizeOf(base64: string): [number, number] | undefined {
  let head: string;
  try {
    head = atob(base64.slice(0, 32));
  } catch {
    return undefined;
  }
  if (head.length < 24 || !head.startsWith("\x89PNG")) return undefined;
  const number = (at: number) =>
    [0, 1, 2, 3].reduce((sum, byte) => sum * 256 + head.charCodeAt(at + byte), 0);
  return [number(16), number(20)];
}
