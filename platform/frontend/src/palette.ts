// Colours for what is drawn on a canvas: the style sheet's, resolved, and scales between them.

export type Colour = [number, number, number];

/** Reads the style sheet's colours as a canvas takes them. A custom property may hold light-dark(...): only
 * as a real colour does it come back resolved. */
export function reader(host: HTMLElement): (name: string) => string {
  return (name) => {
    const probe = document.createElement("span");
    probe.style.color = `var(${name})`;
    host.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };
}

/** Calls back when the page's theme changes. Returns what ends that. */
export function onTheme(act: () => void): () => void {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const themed = new MutationObserver(act);
  themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  dark.addEventListener("change", act);
  return () => {
    themed.disconnect();
    dark.removeEventListener("change", act);
  };
}

/** "rgb(1, 2, 3)" as numbers. */
export function parts(colour: string): Colour {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  return [red, green, blue];
}

const mix = (a: Colour, b: Colour, share: number): Colour =>
  [0, 1, 2].map((at) => Math.round((a[at] ?? 0) + ((b[at] ?? 0) - (a[at] ?? 0)) * share)) as Colour;

/** Viridis, by Smith and van der Walt (CC0), at eight places; equal steps look equal, also without colour. */
const VIRIDIS: Colour[] = [
  [68, 1, 84],
  [70, 50, 127],
  [54, 92, 141],
  [39, 127, 142],
  [31, 161, 135],
  [74, 194, 109],
  [160, 218, 57],
  [253, 231, 37],
];

export function between(stops: Colour[], share: number): Colour {
  const at = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const left = Math.min(stops.length - 2, Math.floor(at));
  return mix(stops[left] ?? [0, 0, 0], stops[left + 1] ?? [0, 0, 0], at - left);
}

export interface Scale {
  low: number;
  high: number;
  colour(value: number): Colour;
}

/** A scale over a range: from blue over the paper to orange where numbers have both signs, else viridis. */
export function scale([low, high]: [number, number], blue: Colour, paper: Colour, orange: Colour): Scale {
  if (low < 0 && high > 0) {
    const most = Math.max(-low, high);
    const colour = (value: number) => between([blue, paper, orange], 0.5 + value / most / 2);
    return { low: -most, high: most, colour };
  }
  const size = high - low || 1;
  return { low, high, colour: (value) => between(VIRIDIS, (value - low) / size) };
}

export function greys([low, high]: [number, number]): Scale {
  const size = high - low || 1;
  const ends: Colour[] = [
    [0, 0, 0],
    [255, 255, 255],
  ];
  return { low, high, colour: (value) => between(ends, (value - low) / size) };
}
