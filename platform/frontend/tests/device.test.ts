// What a browser keeps of people's texts: run in Node with a store, and a page, that stand in for a browser's.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { changedHands, forget, keep, kept, settle } from "../src/device";
import { Draft, type DraftSettings } from "../src/draft";

const text = (source: string, unsaved: boolean) => ({ source, at: 5, version: 2, unsaved });

/** Its keys are its own properties, as those of the browser's store are. */
class Store {
  getItem(key: string): string | null {
    return (this as unknown as Record<string, string>)[key] ?? null;
  }
  setItem(key: string, value: string): void {
    (this as unknown as Record<string, string>)[key] = value;
  }
  removeItem(key: string): void {
    delete (this as unknown as Record<string, string>)[key];
  }
}

type Told = [kind: string, text: string];
let page: EventTarget;
let sent: Record<string, string>[];
let answers: (() => Response)[];

function stand(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}

const later = setTimeout;

beforeEach(() => {
  // A draft tries again later for as long as its page lives; the tests end before.
  stand("setTimeout", (what: () => void, delay?: number) => later(what, delay).unref());
  page = new EventTarget();
  sent = [];
  answers = [];
  stand("localStorage", new Store());
  stand("document", { cookie: "csrftoken=abc" });
  stand("window", globalThis);
  stand("addEventListener", page.addEventListener.bind(page));
  const note = (body: FormData) => sent.push(Object.fromEntries(body.entries()) as Record<string, string>);
  stand("navigator", { sendBeacon: (_: string, body: FormData) => note(body) > 0 });
  stand("fetch", async (_: string, init: { body: FormData }) => {
    note(init.body);
    return (answers.shift() as () => Response)();
  });
});

const saved =
  (version: number, replaced: string | null = null) =>
  () =>
    Response.json({ version, updated: "2026-01-01T00:00:00Z", replaced });

function draft(more: Partial<DraftSettings> = {}) {
  const told: Told[] = [];
  const editor = { text: "start" };
  const note = (kind: string) => (words: string) => void told.push([kind, words]);
  const made = new Draft({
    key: "zg:draft:7:x",
    url: "/draft/",
    who: "7",
    sent: null,
    revision: "",
    version: 1,
    saved: "start",
    read: () => editor.text,
    say: note("say"),
    onSaved: () => undefined,
    onReplaced: note("replaced"),
    onElsewhere: note("elsewhere"),
    onNewer: note("newer"),
    onSignedOut: () => undefined,
    ...more,
  });
  return {
    made,
    editor,
    told,
    of: (kind: string) => told.filter(([each]) => each === kind).map(([, t]) => t),
  };
}

function pageEvent(name: string, persisted = false): void {
  page.dispatchEvent(Object.assign(new Event(name), { persisted }));
}

test("what a device kept is read back, and nonsense is nothing", () => {
  assert.ok(keep("good", text("x", true)));
  assert.deepEqual(kept("good"), text("x", true));
  for (const bad of ["{", "null", "[]", '{"source": 3}', '"text"']) {
    localStorage.setItem("bad", bad);
    assert.equal(kept("bad"), null);
  }
  forget("good");
  assert.equal(kept("good"), null);
});

test("of another person only what the server never got stays", () => {
  keep("zg:draft:7:a", text("confirmed", false));
  keep("zg:draft:7:b", text("never sent", true));
  keep("zg:draft:8:a", text("mine", false));
  keep("zg:draft:visitor:a", text("a visitor's", true));
  localStorage.setItem("zg--split", "44");
  settle("8");
  assert.equal(kept("zg:draft:7:a"), null);
  assert.equal(kept("zg:draft:7:b")?.source, "never sent");
  assert.equal(kept("zg:draft:8:a")?.source, "mine");
  assert.equal(kept("zg:draft:visitor:a")?.source, "a visitor's");
  assert.equal(localStorage.getItem("zg--split"), "44");
  settle("");
  assert.equal(kept("zg:draft:8:a"), null, "signed out");
});

test("a page knows that somebody else signed in since", () => {
  settle("7");
  assert.equal(changedHands("7"), false);
  settle("");
  assert.equal(changedHands("7"), true);
});

test("a browser that keeps nothing is no obstacle, and says so", async () => {
  const refuse = () => {
    throw new DOMException("no", "SecurityError");
  };
  Object.defineProperty(globalThis, "localStorage", { get: refuse, configurable: true });
  settle("7");
  assert.equal(changedHands("7"), false);
  assert.equal(keep("x", text("x", true)), false);
  const { made, editor, of } = draft({ url: null });
  editor.text = "typed";
  await made.now();
  assert.deepEqual(of("say"), ["Only in this page"]);
});

test("what one sent oneself is never told as another tab's", async () => {
  const { made, editor, of } = draft();
  editor.text = "left";
  pageEvent("pagehide"); // the server gets it; the page never hears
  assert.equal(sent[0]?.source, "left");
  pageEvent("pageshow", true);
  editor.text = "typed on";
  answers = [saved(3, "left")];
  await made.now();
  assert.deepEqual(of("replaced"), []);
  editor.text = "and on";
  answers = [saved(5, "left")]; // now it can only be another tab that brought it back
  await made.now();
  assert.deepEqual(of("replaced"), ["left"]);
});

test("an answer that was lost, and a text that was restored, are one's own, too", async () => {
  const { made, editor, of } = draft({ sent: "restored" });
  answers = [saved(2, "restored")];
  editor.text = "a";
  await made.now();
  answers = [
    () => {
      throw new TypeError("the line broke");
    },
    saved(4, "b"),
    saved(6, "from a phone"),
  ];
  for (const each of ["b", "c", "d"]) {
    editor.text = each;
    await made.now();
  }
  assert.deepEqual(of("replaced"), ["from a phone"]);
});

test("a page that comes back shows what was typed since, unless it has something unsent itself", () => {
  const { editor, of } = draft();
  keep("zg:draft:7:x", { ...text("newer", false), version: 9 });
  pageEvent("pageshow", true);
  assert.deepEqual(of("newer"), ["newer"]);
  editor.text = "never sent";
  pageEvent("pageshow", true);
  assert.deepEqual([of("newer"), of("elsewhere")], [["newer"], ["newer"]]);
  pageEvent("pageshow");
  assert.equal(of("newer").length, 1, "a page that is drawn afresh has the server's text");
});

test("a text that is typed and taken back is confirmed, for the server has it", async () => {
  const { made, editor } = draft();
  editor.text = "star";
  made.changed();
  editor.text = "start";
  made.changed();
  await made.now();
  assert.equal(kept("zg:draft:7:x")?.unsaved, false);
  assert.deepEqual(sent, []);
});

test("every save says whose page it comes from", async () => {
  const { made, editor } = draft();
  editor.text = "a";
  answers = [saved(2)];
  await made.now();
  editor.text = "b";
  pageEvent("pagehide");
  assert.deepEqual(
    sent.map((each) => each.who),
    ["7", "7"],
  );
});
