// The page that compares runs: for each name that was logged one chart, with a line for each run.
import { Curves, type Line } from "./curves";
import { lineStyle, sample } from "./drawn";

const MOST_CHARTS = 8;

interface Run {
  id: string;
  curves: Curves;
}

/** The values of a run at the steps of all runs; undefined where it said nothing. */
export function aligned(run: Curves, name: string, steps: number[]): Line {
  const mine = run.steps();
  const line = run.line(name);
  const at = new Map(mine.map((step, index) => [step, line[index]]));
  return steps.map((step) => at.get(step));
}

export function read(told: unknown): Run[] {
  if (!Array.isArray(told)) return [];
  return told.slice(0, 4).map(([id, points]: [string, unknown[]]) => {
    const curves = new Curves();
    for (const point of points) curves.add(point);
    return { id: String(id), curves };
  });
}

export function summary(runs: Run[], name: string): string {
  return runs.map((run) => `run ${run.id}: ${run.curves.summary([name])}`).join("; ");
}

async function draw(host: HTMLElement): Promise<void> {
  const runs = read(JSON.parse(host.querySelector("script")?.textContent ?? "[]"));
  const module: typeof import("./plot") = await import(host.dataset.plot ?? "");
  const names = [...new Set(runs.flatMap((run) => run.curves.names))].slice(0, MOST_CHARTS);
  const charts = document.createElement("div");
  charts.className = "charts";
  host.append(charts);
  for (const name of names) {
    const having = runs.filter((run) => run.curves.names.includes(name));
    const steps = [...new Set(having.flatMap((run) => run.curves.steps()))].sort((a, b) => a - b);
    const figure = document.createElement("figure");
    figure.className = "chart";
    const title = document.createElement("h3");
    title.className = "student-text";
    title.textContent = name;
    const keys = document.createElement("ul");
    keys.className = "curve-keys";
    const styles = having.map((run) => lineStyle(runs.indexOf(run)));
    for (const [index, run] of having.entries()) {
      const key = document.createElement("li");
      key.append(sample(styles[index] ?? lineStyle(0)), `run ${run.id}`);
      keys.append(key);
    }
    const said = summary(having, name);
    const place = document.createElement("div");
    place.className = "plot";
    place.setAttribute("role", "img");
    place.setAttribute("aria-label", said);
    const words = document.createElement("figcaption");
    words.className = "student-text";
    words.textContent = `${said}.`;
    figure.append(title, keys, place, words);
    charts.append(figure);
    const chart = module.chart(place, styles);
    chart.draw(
      steps,
      having.map((run) => aligned(run.curves, name, steps)),
    );
  }
}

if (typeof document !== "undefined") {
  const host = document.querySelector<HTMLElement>("[data-overlay]");
  if (host) void draw(host);
}
