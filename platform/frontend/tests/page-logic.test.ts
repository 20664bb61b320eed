// The parts of the page's code that need no page: run by `npm test` in Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { neighbour, offsetOfLine } from "../src/code-box";
import { type Actions, actionOf } from "../src/keys";
import { stageOf } from "../src/live";

const press = (key: string, options: Partial<KeyboardEvent> = {}): KeyboardEvent =>
  ({
    key,
    code: "",
    ctrlKey: false,
    metaKey: false,
    shiftKey: false,
    altKey: false,
    ...options,
  }) as KeyboardEvent;

function recorder(): { actions: Actions; done: string[] } {
  const done: string[] = [];
  const note = (name: string) => () => void done.push(name);
  const actions: Actions = {
    run: note("run"),
    submit: note("submit"),
    save: note("save"),
    stop: note("stop"),
    hint: note("hint"),
    focus: (pane) => void done.push(`focus ${pane}`),
    problem: (direction) => void done.push(`problem ${direction}`),
  };
  return { actions, done };
}

test("each shortcut does its one thing, with Ctrl and with Cmd", () => {
  const { actions, done } = recorder();
  for (const mod of [{ ctrlKey: true }, { metaKey: true }]) {
    actionOf(press("Enter", mod), actions)?.();
    actionOf(press("Enter", { ...mod, shiftKey: true }), actions)?.();
    actionOf(press("'", mod), actions)?.();
    actionOf(press(".", mod), actions)?.();
    actionOf(press("s", mod), actions)?.();
  }
  assert.deepEqual(done, ["run", "submit", "run", "stop", "save", "run", "submit", "run", "stop", "save"]);
});

test("Alt keys go by position, for Alt writes other characters on a Mac", () => {
  const { actions, done } = recorder();
  actionOf(press("˙", { altKey: true, code: "KeyH" }), actions)?.();
  actionOf(press("™", { altKey: true, code: "Digit2" }), actions)?.();
  actionOf(press("F8", { shiftKey: true }), actions)?.();
  assert.deepEqual(done, ["hint", "focus code", "problem -1"]);
});

test("plain letters and other modifiers are nobody's shortcut", () => {
  const { actions } = recorder();
  for (const event of [press("s"), press("h"), press("."), press("s", { ctrlKey: true, altKey: true })]) {
    assert.equal(actionOf(event, actions), undefined);
  }
});

test("each event has its sentence", () => {
  assert.equal(stageOf("queued", { before: 0 })?.text, "Queued");
  assert.equal(stageOf("queued", { before: 2, waits: "No GPU is here." })?.text, "No GPU is here.");
  assert.equal(stageOf("queued", { before: 2 })?.text, "Queued: 2 before you");
  assert.equal(stageOf("queued", { before: 2 }, 5)?.text, "Queued: 2 before you, about 10 s");
  assert.equal(stageOf("queued", { before: 2 }, 0.05)?.text, "Queued: 2 before you");
  assert.equal(stageOf("running", { attempt: 1 })?.text, "Starting");
  assert.equal(stageOf("stage", { stage: "starting" })?.text, "Starting");
  assert.match(stageOf("stage", { stage: "waiting" })?.text ?? "", /machine is busy/);
  assert.equal(stageOf("stage", { stage: "running" })?.text, "Running your code");
  assert.deepEqual(stageOf("stage", { stage: "checking", total: 7 }), {
    phase: "checking",
    text: "Checking 1/7",
    done: 0,
    total: 7,
  });
  assert.equal(stageOf("probe", { done: 2, total: 7 })?.text, "Checking 3/7");
  assert.equal(stageOf("probe", { done: 7, total: 7 })?.text, "Checking 7/7");
  assert.match(stageOf("requeued", { attempt: 1 })?.text ?? "", /not your code/);
  assert.match(
    stageOf("requeued", { why: "worker" })?.text ?? "",
    /^The machine that checked this went away; /,
  );
  assert.match(
    stageOf("requeued", { why: "deploy" })?.text ?? "",
    /is being renewed; it is being checked again/,
  );
  const asking = { title: "a whole training", done: 2, total: 6, limit: 90 };
  assert.deepEqual(stageOf("asking", { ...asking, about: 60, age: 12.5 }), {
    phase: "checking",
    text: "Checking 3/6: a whole training, about 60 s",
    done: 2,
    total: 6,
    about: 60,
    age: 12.5,
  });
  assert.equal(stageOf("asking", asking)?.text, "Checking 3/6: a whole training, at most 90 s");
  assert.equal(stageOf("output", { text: "x" }), undefined);
});

test("F8 goes around the marked lines", () => {
  assert.equal(neighbour([9, 3, 3], 1, 1), 3);
  assert.equal(neighbour([9, 3], 3, 1), 9);
  assert.equal(neighbour([9, 3], 9, 1), 3);
  assert.equal(neighbour([9, 3], 3, -1), 9);
  assert.equal(neighbour([], 1, 1), undefined);
});

test("a line begins after the line ends before it", () => {
  assert.equal(offsetOfLine("a\nbc\nd", 1), 0);
  assert.equal(offsetOfLine("a\nbc\nd", 3), 5);
  assert.equal(offsetOfLine("a", 9), 0);
});
