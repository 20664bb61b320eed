import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import {
  type Drawing,
  drawing,
  Frames,
  type Graph,
  layers,
  leaks,
  short,
  summary,
  table,
} from "../src/frames.ts";
import { greys, scale } from "../src/palette.ts";
import { aligned, summary as overlaid, read } from "../src/runs.ts";

const heat = (step: number, rows: unknown, more = {}) =>
  drawing({ kind: "heat", name: "w", step, rows, shape: [2, 2], row_names: [], column_names: [], ...more });
const good = (told: Drawing | null): Drawing => {
  if (!told) throw new Error("this is a drawing");
  return told;
};
const histogram = (step: number, more = {}) =>
  good(
    drawing({
      kind: "histogram",
      name: "fc1",
      step,
      counts: [1, 2],
      low: -1,
      high: 3,
      mean: 0.5,
      std: 1,
      dead: 0,
      odd: 0,
      total: 3,
      ...more,
    }),
  );
const net = (edges: [string, string][], wrong = "") =>
  good(
    drawing({
      kind: "graph",
      name: "net",
      step: 0,
      nodes: ["x", "W", "out"].map((id) => ({ id, label: "(3, 4)", wrong: id === wrong })),
      edges,
    }),
  ) as Graph;

test("only the expected form is a drawing, and sizes are bounded", () => {
  const wide = Array.from({ length: 2 }, () => Array(65).fill(0));
  for (const told of [
    null,
    3,
    {},
    { kind: "heat" },
    { kind: "pie", name: "x", step: 0 },
    { kind: "heat", name: "x".repeat(201), step: 0, rows: [[1]], row_names: [], column_names: [] },
    { kind: "heat", name: "x", step: Number.NaN, rows: [[1]], row_names: [], column_names: [] },
    { kind: "images", name: "x", step: 0, images: Array(17).fill([[1]]), names: [], total: 1 },
    { kind: "field", name: "x", step: 0, rows: [[1]], box: [0, 1], points: [] },
    { kind: "graph", name: "x", step: 0, nodes: [{ id: 1, label: "", wrong: false }], edges: [] },
    { kind: "graph", name: "x", step: 0, nodes: [], edges: [["a", "b"]] },
  ])
    equal(drawing(told), null);
  for (const rows of [[], [[]], wide, [[1], [1, 2]], [["<b>"]], [[null]], "rows"]) equal(heat(0, rows), null);
  equal(
    heat(0, [
      [1, "nan"],
      ["inf", "-inf"],
    ])?.kind,
    "heat",
  );
});

test("a figure keeps two hundred frames, and a step told again takes its place", () => {
  const frames = new Frames();
  for (let step = 0; step < 250; step += 1) frames.add(good(heat(step, [[step]])));
  equal(frames.frames.length, 200);
  deepEqual(frames.range(), [0, 199]);
  frames.add(good(heat(3, [[-5]])));
  equal(frames.frames.length, 200);
  deepEqual(frames.range(), [-5, 199]);
});

test("a causal matrix tells what lies above its diagonal", () => {
  const seen = good(
    heat(
      0,
      [
        [0.5, 0.5, 1e-9],
        [0.25, 0.75, "nan"],
        [0.2, 0.3, 0.5],
      ],
      { causal: true },
    ),
  );
  const marked = [0, 1, 2].map((y) => [0, 1, 2].filter((x) => leaks(seen, y, x)));
  deepEqual(marked, [[1], [2], []]);
  equal(
    summary(seen).endsWith("; 2 cells above the diagonal are not 0 and red: a place sees its future"),
    true,
  );
  const kept = good(
    heat(
      0,
      [
        [1, 0],
        [0.25, 0.75],
      ],
      { causal: true },
    ),
  );
  equal(summary(kept).endsWith("; nothing above the diagonal"), true);
  equal(leaks(good(heat(0, [[1, 2]])), 0, 1), false);
  equal(heat(0, [[1]], { causal: "yes" }), null);
});

test("a figure of nothing but NaN has no range", () => {
  const frames = new Frames();
  frames.add(good(heat(0, [["nan", "inf"]])));
  equal(frames.range(), null);
  equal(
    summary(good(heat(0, [["nan", "inf"]]))),
    "w at step 0: 2 by 2, no numbers; 2 of 2 cells are no number (NaN or infinite), hatched",
  );
});

test("each kind is said in one sentence", () => {
  equal(
    summary(
      good(
        heat(
          4,
          [
            [0.25, -1],
            [0.5, "nan"],
          ],
          { row_names: ["the", "cat"], column_names: ["a", "b"] },
        ),
      ),
    ),
    "w at step 4: 2 by 2, from -1 to 0.5, the largest in row cat, column a; 1 of 4 cells are no number (NaN or infinite), hatched",
  );
  equal(
    summary(histogram(300, { dead: 0.31, odd: 2 }), histogram(0)),
    "fc1 at step 300: from -1 to 3, mean 0.5, spread 1; 31 % of units are dead, 0 everywhere (0 % at step 0); 2 of 3 are no number (NaN or infinite)",
  );
  equal(
    summary(
      net(
        [
          ["x", "out"],
          ["W", "out"],
        ],
        "W",
      ),
    ),
    "net at step 0: 3 nodes, 2 edges; marked as wrong: W",
  );
  const field = {
    kind: "field",
    name: "f",
    step: 1,
    rows: [[0, 1]],
    shape: [1, 2],
    box: [-1, 1, 0, 2],
    points: [[0, 0, 1]],
  };
  equal(
    summary(good(drawing(field))),
    "f at step 1: from 0 to 1 over x from -1 to 1, y from 0 to 2, with 1 point",
  );
  const images = {
    kind: "images",
    name: "k",
    step: 1,
    images: [[[0, 1]], [[2, 3]]],
    names: [],
    shape: [1, 2],
    total: 64,
  };
  equal(summary(good(drawing(images))), "k at step 1: 2 pictures of 1 by 2, the first of 64, from 0 to 3");
});

test("the numbers of each kind are a table", () => {
  deepEqual(table([], good(heat(2, [[1, "nan"]], { row_names: ["r"] }))), {
    caption: "Step 2",
    head: ["", "0", "1"],
    rows: [["r", "1", "nan"]],
  });
  const all = [histogram(0), histogram(10, { dead: null, mean: null })];
  deepEqual(table(all, good(all[0] ?? null)).rows, [
    ["0", "-1", "3", "0.5", "1", "0", "0"],
    ["10", "-1", "3", "", "1", "", "0"],
  ]);
  deepEqual(
    table(
      [],
      net(
        [
          ["x", "out"],
          ["W", "out"],
        ],
        "W",
      ),
    ).rows[1],
    ["W", "(3, 4)", "", "wrong"],
  );
  deepEqual(
    table(
      [],
      net([
        ["x", "out"],
        ["W", "out"],
      ]),
    ).rows[2],
    ["out", "(3, 4)", "x, W", ""],
  );
});

test("nodes stand after what they are made of, also where that goes in a circle", () => {
  deepEqual(
    [
      ...layers(
        net([
          ["x", "W"],
          ["W", "out"],
        ]),
      ).values(),
    ],
    [0, 1, 2],
  );
  const circle = layers(
    net([
      ["x", "W"],
      ["W", "x"],
      ["out", "out"],
    ]),
  );
  equal(Math.max(...circle.values()) < 3, true);
});

test("a scale has two sides where numbers do, and its middle is the paper", () => {
  const signed = scale([-1, 3], [0, 0, 255], [255, 255, 255], [255, 128, 0]);
  deepEqual([signed.low, signed.high], [-3, 3]);
  deepEqual(signed.colour(0), [255, 255, 255]);
  deepEqual(signed.colour(3), [255, 128, 0]);
  deepEqual(scale([0, 1], [0, 0, 255], [255, 255, 255], [255, 128, 0]).colour(1), [253, 231, 37]);
  deepEqual(greys([5, 5]).colour(5), [0, 0, 0]);
  deepEqual([short(0), short(1234567), short(0.0001), short(0.12345)], ["0", "1.2e+6", "1.0e-4", "0.123"]);
});

test("runs are laid over each other step by step", () => {
  const point = (step: number, loss: number) => ({ step, values: { loss } });
  const runs = read([
    ["12", [point(0, 2), point(2, 1)]],
    ["15", [point(0, 3), point(1, 2), "no point"]],
  ]);
  const [first, second] = runs;
  if (!first || !second) throw new Error("there are two runs");
  deepEqual(aligned(first.curves, "loss", [0, 1, 2]), [2, undefined, 1]);
  deepEqual(aligned(second.curves, "loss", [0, 1, 2]), [3, 2, undefined]);
  equal(
    overlaid(runs, "loss"),
    "run 12: loss fell from 2.00 to 1.00 in 2 steps; run 15: loss fell from 3.00 to 2.00 in 1 step",
  );
  deepEqual(read("nonsense"), []);
});
