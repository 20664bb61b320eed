// What a program logs becomes curves, a sentence and a table: run by `npm test` in Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Curves, MOST_NAMES, MOST_ROWS, MOST_STEPS, sizeOf } from "../src/curves";
import { lineStyle } from "../src/drawn";

function logged(...rows: [number, Record<string, number | null>][]): Curves {
  const curves = new Curves();
  for (const [step, values] of rows) assert.ok(curves.add({ step, values }));
  return curves;
}

test("points come together by step, whatever the order and in however many messages", () => {
  const curves = logged([2, { loss: 1 }], [0, { loss: 3 }], [2, { accuracy: 0.5 }], [0, { loss: 2.5 }]);
  assert.deepEqual(curves.names, ["loss", "accuracy"]);
  assert.deepEqual(curves.steps(), [0, 2]);
  assert.deepEqual(curves.line("loss"), [2.5, 1]);
  assert.deepEqual(curves.line("accuracy"), [undefined, 0.5]);
});

test("what is no metric is not taken", () => {
  const curves = new Curves();
  const wrong = [null, 3, "x", [], {}, { step: "1", values: {} }, { step: 1 }, { step: 1, values: null }];
  for (const each of [...wrong, { step: 1, values: {} }, { step: 1, values: { loss: "<b>" } }]) {
    assert.equal(curves.add(each), false, JSON.stringify(each));
  }
  assert.ok(curves.empty);
  assert.deepEqual(curves.names, []);
});

test("names and steps are bounded", () => {
  const curves = new Curves();
  const many = Object.fromEntries(Array.from({ length: MOST_NAMES + 5 }, (_, index) => [`m${index}`, index]));
  for (let step = 0; step < MOST_STEPS + 10; step += 1) curves.add({ step, values: many });
  assert.equal(curves.names.length, MOST_NAMES);
  assert.equal(curves.steps().length, MOST_STEPS);
});

test("the summary says how far and in how many steps", () => {
  assert.equal(
    logged([0, { loss: 2.3 }], [300, { loss: 0.05 }]).summary(),
    "loss fell from 2.30 to 0.05 in 300 steps",
  );
  assert.equal(
    logged([4, { accuracy: 0.1 }], [5, { accuracy: 0.9 }]).summary(),
    "accuracy rose from 0.10 to 0.90 in 1 step",
  );
  assert.equal(
    logged([0, { loss: 1 }], [9, { loss: 1 }]).summary(),
    "loss began and ended at 1.00 in 9 steps",
  );
  assert.equal(logged([7, { loss: 1.5 }]).summary(), "loss was 1.50 at step 7");
  assert.equal(
    logged([0, { loss: 1, lr: 0.001 }], [2, { loss: 0.5, lr: 0.0001 }]).summary(),
    "loss fell from 1.00 to 0.50 in 2 steps; lr fell from 0.001 to 0.0001 in 2 steps",
  );
});

test("two numbers that two decimals would make equal are told apart", () => {
  assert.equal(
    logged([0, { loss: 0.051 }], [5, { loss: 0.049 }]).summary(),
    "loss fell from 0.051 to 0.049 in 5 steps",
  );
});

test("NaN and infinity are gaps, and the summary says so", () => {
  const curves = logged([0, { loss: 2 }], [1, { loss: null }], [2, { loss: Number.NaN }], [3, { loss: 1 }]);
  assert.deepEqual(curves.line("loss"), [2, null, null, 1]);
  assert.equal(
    curves.summary(),
    "loss fell from 2.00 to 1.00 in 3 steps, and was no number (NaN or infinite) at 2 of 4 points, first at step 1",
  );
  assert.equal(
    logged([5, { loss: null }]).summary(),
    "loss was no number (NaN or infinite) at 1 of 1 points, first at step 5",
  );
});

test("the table has at most fifty rows, with the first and the last step", () => {
  const curves = logged(
    ...Array.from({ length: 301 }, (_, step): [number, { loss: number }] => [step, { loss: step / 3 }]),
  );
  const { head, rows, steps } = curves.table();
  assert.deepEqual(head, ["step", "loss"]);
  assert.equal(rows.length, MOST_ROWS);
  assert.equal(steps, 301);
  assert.deepEqual(rows[0], ["0", "0"]);
  assert.deepEqual(rows.at(-1), ["300", "100"]);
  assert.equal(new Set(rows.map((row) => row[0])).size, MOST_ROWS);
});

test("a short table has every step and says what is missing", () => {
  const { rows } = logged([0, { loss: 1 / 3 }], [1, { accuracy: 1 }], [2, { loss: null }]).table();
  assert.deepEqual(rows, [
    ["0", "0.33333", ""],
    ["1", "", "1"],
    ["2", "no number", ""],
  ]);
});

test("curves of very different size do not flatten each other", () => {
  const row = { loss: 2.3, lr: 0.001, accuracy: 0.4, tokens: 50_000 };
  assert.deepEqual(logged([0, row]).charts(), [["loss", "accuracy"], ["lr"], ["tokens"]]);
});

test("no two curves look the same", () => {
  const styles = Array.from({ length: MOST_NAMES }, (_, index) => JSON.stringify(lineStyle(index)));
  assert.equal(new Set(styles).size, MOST_NAMES);
  assert.notDeepEqual(lineStyle(0).dash, lineStyle(1).dash);
  assert.notEqual(lineStyle(0).colour, lineStyle(1).colour);
});

test("a picture's size is read from its header", () => {
  const header = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0";
  assert.deepEqual(sizeOf(btoa(`${header}rest of it`)), [640, 480]);
  for (const wrong of ["", "%%%", btoa("GIF89a, and long enough for a header"), btoa("\x89PNG")]) {
    assert.equal(sizeOf(wrong), undefined);
  }
});
