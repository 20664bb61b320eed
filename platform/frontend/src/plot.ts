// The drawing of curves, loaded when there is a first one. Colours are the style sheet's: a chart reads
// them from its own element, and reads again when the theme changes.
import uPlot from "uplot";
import { HUGE, type Line, rounded } from "./curves";
import { onTheme, reader } from "./palette";

export interface Chart {
  draw(steps: number[], lines: Line[]): void;
  remove(): void;
}

export interface LineStyle {
  /** The custom property that holds its colour, and the dashes. */
  colour: string;
  dash: number[];
}

const HEIGHT = 190;
const room = (_: uPlot, marks: string[] | null) =>
  Math.max(40, 14 + 7.5 * Math.max(0, ...(marks ?? []).map((text) => text.length)));
const large = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 4 });

/** The number beside a grid line, short enough for the room that the axis has. */
function mark(value: number): string {
  const size = Math.abs(value);
  return size >= 1e4 && size < HUGE ? large.format(value) : rounded(value, 4);
}

export function chart(host: HTMLElement, styles: LineStyle[]): Chart {
  let plot: uPlot | null = null;
  let shown: uPlot.AlignedData = [[], ...styles.map(() => [])];

  const make = () => {
    plot?.destroy();
    const style = getComputedStyle(host);
    const colour = reader(host);
    const [muted, line] = [colour("--muted"), colour("--line")];
    const font = `12px ${style.fontFamily}`;
    const axis = { stroke: muted, font, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
    const series = styles.map((style) => ({
      stroke: colour(style.colour),
      dash: style.dash,
      width: 2,
      spanGaps: false,
      points: { size: 5 },
    }));
    plot = new uPlot(
      {
        width: Math.max(120, host.clientWidth),
        height: HEIGHT,
        legend: { show: false },
        cursor: { show: false },
        padding: [12, 14, 0, 0],
        scales: { x: { time: false } },
        axes: [
          { ...axis, size: 30, gap: 4, space: 60 },
          { ...axis, size: room, gap: 4, space: 32, values: (_, marks) => marks.map(mark) },
        ],
        series: [{}, ...series],
      },
      shown,
      host,
    );
  };

  const resized = new ResizeObserver(() => {
    const width = host.clientWidth;
    if (plot && width >= 120 && width !== plot.width) plot.setSize({ width, height: HEIGHT });
  });
  const endTheme = onTheme(make);
  make();
  resized.observe(host);
  return {
    draw(steps, lines) {
      shown = [steps, ...lines];
      plot?.setData(shown);
    },
    remove() {
      resized.disconnect();
      endTheme();
      plot?.destroy();
    },
  };
}
