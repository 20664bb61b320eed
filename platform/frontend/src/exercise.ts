// The exercise page: wires editor, draft, runs, hints, panes and keys together. Every part of the page
// is there and usable without this file; see the templates.
import { announcer } from "./announce";
import { arrays } from "./arrays";
import { type CodeBox, PlainBox, type Problem } from "./code-box";
import { forget, kept } from "./device";
import { atTime, Draft } from "./draft";
import { Drawn, drawn } from "./drawn";
import { folded } from "./folded";
import { listen } from "./keys";
import { Live, type Urls } from "./live";
import { dividers, moreResults, Tabs } from "./panes";
import { RunLine } from "./run-line";
import { freshKey, html, Offline, post, Refused, SignedOut, signIn } from "./server";
import { type Side, Sides } from "./sides";

interface PageData {
  submit: string;
  draft: string | null;
  history: string;
  login: string;
  editor: string;
  /** Bytes of code that can be sent. */
  most: number;
  /** The name under which this device keeps the text; the second is that of a visitor without account. */
  keys: string[];
  /** Whose page this is; null for a visitor. */
  who: number | null;
  revision: string;
  version: number;
  starter: string;
  open: boolean;
  signedIn: boolean;
  active: (Urls & { kind: string; seconds: number }) | null;
}

type Kind = "run" | "submit";
const OUTPUT_SHOWN = 20_000;
const LOOK_AGAIN = 4000;
const MOST_NOTICES = 2;
const NOTICE_STAYS = 40_000;
/** Notices that hold a text which is nowhere else: they stay until somebody decides. */
const HOLDING = ["unsent", "visitors"];

const one = <T extends HTMLElement>(selector: string): T => {
  const found = document.querySelector<T>(selector);
  if (!found) throw new Error(`the page has no ${selector}`);
  return found;
};

const data = JSON.parse(one("#page-data").textContent ?? "{}") as PageData;
const workbench = one(".workbench");
const area = one<HTMLTextAreaElement>("textarea[name=source]");
const saved = one("[data-saved]");
const notices = one("[data-notices]");
const output = one("[data-live-output]");
const picture = new Drawn(one("[data-live-drawn]"));
/** What the verdict on the page shows of curves and figures. */
const shown: Drawn[] = [];
const result = one("[data-result]");
const buttons = [...document.querySelectorAll<HTMLButtonElement>("[data-run-form] button[name=kind]")];
const announce = announcer(one("[data-announce]"));
const line = new RunLine(one("[data-run-state]"), announce);

let ready = false;
let live: Live | null = null;
let sending = false;
/** The text of the Submit that is being graded: pressing again while it is changes nothing. */
let submitted: string | null = null;
const tabs = new Tabs(workbench);
const sides = new Sides(one("#lesson"), (id, source) => {
  take(source, `This is the code of your submission ${id}.`);
  tabs.show("code");
});
let box: CodeBox = new PlainBox(area, typed);
dividers(workbench);

// --- notices above the editor ---------------------------------------------------------------------

function notice(name: string, text: string, ...offers: [string, () => void][]): void {
  notices.querySelector(`[data-notice="${name}"]`)?.remove();
  const row = document.createElement("p");
  row.className = "editor-notice";
  row.dataset.notice = name;
  const words = document.createElement("span");
  words.textContent = text;
  row.append(words);
  for (const [label, act] of [...offers, ["Close", () => undefined] as [string, () => void]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "link";
    button.textContent = label;
    button.addEventListener("click", () => {
      row.remove();
      act();
      box.focus();
    });
    row.append(button);
  }
  notices.append(row);
  const mine = [...notices.querySelectorAll<HTMLElement>("[data-notice]")];
  const passing = mine.filter((each) => !HOLDING.includes(each.dataset.notice ?? ""));
  for (const old of passing.slice(0, Math.max(0, passing.length - MOST_NOTICES))) old.remove();
  if (!HOLDING.includes(name)) expire(row);
  announce(text);
}

/** It goes by itself, but never from under a hand or while nobody sees the page. */
function expire(row: HTMLElement): void {
  setTimeout(() => {
    if (!row.isConnected) return;
    if (document.hidden || row.matches(":hover, :focus-within")) expire(row);
    else row.remove();
  }, NOTICE_STAYS);
}

/** Puts another text into the editor and offers the way back. */
function take(text: string, said: string): void {
  const before = box.value();
  if (before === text) return;
  box.replace(text);
  notice("taken", said, ["Undo", () => box.replace(before)]);
}

// --- the draft --------------------------------------------------------------------------------------

const [key = "", visitors] = data.keys;
const fromServer = area.value;
/** A visitor's text that goes into this account: once the server has it, it does not wait for the next person. */
let movesIn = false;
let restored: string | null = null;
if (visitors && kept(visitors)?.source === fromServer) forget(visitors);
for (const name of data.keys) {
  const local = kept(name);
  if (!local?.unsaved || local.source === fromServer || local.source === restored) continue;
  const when = atTime(new Date(local.at));
  if (restored === null && local.version >= data.version) {
    restored = local.source;
    area.value = local.source;
    movesIn = name === visitors;
    notice("restored", `Restored what you typed on this device at ${when}.`, [
      data.version > 0 ? "Use the saved text instead" : "Use the starter instead",
      () => {
        if (name === visitors) forget(name);
        box.replace(fromServer);
      },
    ]);
  } else if (name === visitors) {
    const takeIn = () => {
      movesIn = true;
      take(local.source, "This was typed on this device without signing in.");
    };
    notice(
      "visitors",
      `On this device there is a text that was typed without signing in, at ${when}.`,
      ["Take that text", takeIn],
      ["Delete it here", () => forget(name)],
    );
  } else {
    notice("unsent", `What you typed on this device at ${when} was never sent, and a newer text is saved.`, [
      "Take the unsent text",
      () => take(local.source, "This is what you typed on this device."),
    ]);
  }
}

const draft = new Draft({
  key,
  url: data.draft,
  revision: data.revision,
  version: data.version,
  saved: fromServer,
  who: String(data.who ?? ""),
  sent: restored,
  read: () => box.value(),
  say: (text) => {
    saved.textContent = text;
  },
  onSaved() {
    if (movesIn && visitors) forget(visitors);
    movesIn = false;
  },
  onReplaced: (other) =>
    notice("replaced", "This replaced a text that was saved from another tab or device.", [
      "Restore the other",
      () => take(other, "The other text is back."),
    ]),
  onElsewhere: (other) =>
    notice("elsewhere", "You are also typing in another tab. The newest save wins.", [
      "Take the other text",
      () => take(other, "This is the other tab's text."),
    ]),
  onNewer: (other) => take(other, "This is what you typed last, on another page of this exercise."),
  onSignedOut() {
    if (!declined) askToSignIn();
  },
});

function typed(): void {
  if (ready) draft.changed();
}

// --- signing in without losing anything -----------------------------------------------------------------

const signInDialog = document.querySelector<HTMLDialogElement>("dialog#sign-in");
let afterSignIn: (() => void) | null = null;
/** Asked once, it is not put in the way of who types on; Run and Submit ask again. */
let declined = false;
const SIGNED_IN = "signed in";
signInDialog?.addEventListener("close", () => {
  declined = signInDialog.returnValue !== SIGNED_IN;
});

function askToSignIn(): void {
  if (!signInDialog || signInDialog.open) return;
  signInDialog.returnValue = "";
  signInDialog.showModal();
}

signInDialog?.querySelector("form")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target as HTMLFormElement;
  const fields = new FormData(form);
  const trouble = form.querySelector("[data-trouble]") as HTMLElement;
  signIn(data.login, String(fields.get("login")), String(fields.get("password"))).then(
    () => {
      trouble.textContent = "";
      signInDialog.close(SIGNED_IN);
      if (!data.signedIn) {
        // The page was drawn for a visitor: draw it for this person. The text is kept on this device.
        location.reload();
        return;
      }
      void draft.now();
      afterSignIn?.();
      afterSignIn = null;
    },
    (error) => {
      trouble.textContent =
        error instanceof Refused ? error.message : "There is no connection just now. Try again in a moment.";
    },
  );
});

// --- runs -----------------------------------------------------------------------------------------------

function trouble(text: string): void {
  submitted = null;
  result.classList.remove("stale");
  line.trouble(text);
}

function follow(urls: Urls, seconds = 0): void {
  live?.close();
  result.classList.add("stale");
  output.hidden = true;
  output.textContent = "";
  picture.clear();
  line.begin(seconds, true);
  live = new Live(urls, {
    onStage: (stage) => line.show(stage),
    onOutput(text) {
      output.hidden = false;
      output.textContent = ((output.textContent ?? "") + text).slice(-OUTPUT_SHOWN);
      output.scrollTop = output.scrollHeight;
    },
    onProbe: (word) => line.probe(word),
    onDrawn: (kind, data) => picture.take(kind, data),
    onAgain() {
      picture.clear();
      output.textContent = "";
      line.again();
    },
    onEnd: showResult,
    onTrouble: trouble,
  });
  live.open();
}

function showResult(fragment: string): void {
  live = null;
  submitted = null;
  // The keyboard keeps its place: what it stood on, Stop or a part of the old verdict, is gone in a moment.
  const within = one("#results").contains(document.activeElement);
  line.end();
  output.hidden = true;
  picture.clear();
  result.classList.remove("stale");
  for (const each of shown.splice(0)) each.clear();
  result.innerHTML = fragment;
  one("#results").scrollTop = 0;
  if (within) one("#results").focus({ preventScroll: true });
  result.dispatchEvent(new CustomEvent("zg:swapped", { bubbles: true }));
  dress();
  tabs.tell();
  const headline = result.querySelector("[data-headline]")?.textContent?.trim().replace(/\s+/g, " ") ?? "";
  announce(`${headline} Alt+3 goes to the result.`);
  void refreshHistory();
  sides.stale();
}

/** What a verdict's markup needs: live arrays, curves, marks in the editor, links to lines. */
function dress(): void {
  arrays(result);
  shown.push(...drawn(result));
  const problems: Problem[] = [];
  for (const place of result.querySelectorAll<HTMLElement>("[data-line]")) {
    problems.push({ line: Number(place.dataset.line), message: place.dataset.message ?? "" });
  }
  box.mark(problems);
  for (const link of document.querySelectorAll<HTMLElement>("[data-task-link]")) {
    const task = result.querySelector<HTMLElement>(`[data-task="${link.dataset.taskLink}"]`);
    if (task?.dataset.taskTone) link.dataset.tone = task.dataset.taskTone;
    else delete link.dataset.tone;
  }
}

async function refreshHistory(): Promise<void> {
  const list = document.querySelector<HTMLElement>("[data-history]");
  if (!list) return;
  try {
    list.innerHTML = await html(data.history);
    list.dispatchEvent(new CustomEvent("zg:swapped", { bubbles: true }));
  } catch {
    // The list is one reload behind; the verdict itself is on the page.
  }
}

async function go(kind: Kind, only = ""): Promise<void> {
  if (sending || (kind === "submit" && submitted === box.value())) return;
  if (!data.open) {
    tabs.show("result");
    announce(result.querySelector("[data-closed]")?.textContent?.trim() ?? "");
    return;
  }
  if (!data.signedIn) {
    draft.changed();
    askToSignIn();
    return;
  }
  sending = true;
  moreResults(workbench);
  for (const button of buttons) button.setAttribute("aria-disabled", "true");
  tabs.show("result");
  line.begin();
  line.show({ phase: "queued", text: "Sending" });
  const fields = {
    source: box.value(),
    kind,
    only,
    revision: data.revision,
    who: String(data.who ?? ""),
    idempotency_key: freshKey(),
  };
  void draft.now();
  try {
    follow(await postTwice(fields));
    submitted = kind === "submit" ? fields.source : null;
  } catch (error) {
    refused(error, kind);
  } finally {
    sending = false;
    for (const button of buttons) button.removeAttribute("aria-disabled");
  }
}

/** A lost answer is asked for again under the same key: the server runs it once. */
async function postTwice(fields: Record<string, string>): Promise<Urls> {
  try {
    return await post<Urls>(data.submit, fields);
  } catch (error) {
    if (!(error instanceof Offline) || navigator.onLine === false) throw error;
    await new Promise((resolve) => setTimeout(resolve, 700));
    return await post<Urls>(data.submit, fields);
  }
}

function backOnline(): void {
  const said = one("[data-run-text]").textContent ?? "";
  if (said.startsWith("Offline")) line.trouble("The connection is back. Run it again.");
}

function refused(error: unknown, kind: Kind): void {
  if (error instanceof SignedOut) {
    trouble("You were signed out. Your code is kept; sign in and it goes on.");
    afterSignIn = () => void go(kind);
    askToSignIn();
  } else if (error instanceof Offline) {
    trouble("Offline. Your code is kept on this device; run it when the connection is back.");
    addEventListener("online", backOnline, { once: true });
  } else if (error instanceof Refused) {
    trouble(error.message);
    if (error.status === 429 && error.retryAfter > 0) line.waitFor(Math.ceil(error.retryAfter));
  } else {
    throw error;
  }
}

// --- hints, reset, keys ---------------------------------------------------------------------------------------

function nextHint(): void {
  const lists = [...document.querySelectorAll<HTMLElement>(".hints[data-task], [data-hints]")];
  const failing = result.querySelector<HTMLElement>("[data-first]")?.dataset.first;
  lists.sort((a, b) => Number(b.dataset.task === failing) - Number(a.dataset.task === failing));
  for (const list of lists) {
    const hint = list.querySelector<HTMLDetailsElement>("details.hint:not([open])");
    if (!hint) continue;
    tabs.show("read");
    sides.show("text");
    hint.open = true;
    hint.querySelector("summary")?.focus();
    hint.scrollIntoView({ block: "nearest" });
    return;
  }
  announce("There are no more hints.");
}

const panes = { read: "#lesson", code: "#editor", result: "#results" } as const;

function focusPane(pane: "read" | "code" | "result"): void {
  tabs.show(pane);
  if (pane === "code") box.focus();
  else one(panes[pane]).focus();
}

listen({
  run: () => void go("run"),
  submit: () => void go("submit"),
  save: () => void draft.now(),
  stop: () => void live?.cancel(),
  hint: nextHint,
  focus: focusPane,
  problem: (direction) => {
    if (!box.step(direction)) announce("No line is marked.");
  },
});

one<HTMLFormElement>("[data-run-form]").addEventListener("submit", (event) => {
  event.preventDefault();
  const button = (event as SubmitEvent).submitter as HTMLButtonElement | null;
  void go(button?.value === "submit" ? "submit" : "run");
});

document.addEventListener("click", (event) => {
  const target = (event.target as Element).closest<HTMLElement>(
    "[data-stop], [data-goto], [data-reset], [data-key], [data-download], [data-notebook], [data-run-check], [data-side-link]",
  );
  if (!target) return;
  if (target.matches("[data-stop]")) void live?.cancel();
  if (target.matches("[data-goto]")) {
    event.preventDefault();
    tabs.show("code");
    const wanted = Number(target.dataset.goto);
    const marked = [...result.querySelectorAll<HTMLElement>("[data-line]")].map((place) => ({
      line: Number(place.dataset.line),
      message: place.dataset.message ?? "",
    }));
    box.mark([{ line: wanted, message: "" }]);
    box.step(1);
    box.mark(marked);
  }
  if (target.matches("[data-reset]")) one<HTMLDialogElement>("dialog#reset").showModal();
  if (target.matches("[data-download]"))
    download(target.dataset.download ?? "answer.py", box.value(), "text/x-python");
  if (target.matches("a[data-notebook]")) {
    event.preventDefault();
    void notebook(target as HTMLAnchorElement);
  }
  if (target.dataset.runCheck) void go("run", target.dataset.runCheck);
  if (target.dataset.sideLink) {
    event.preventDefault();
    tabs.show("read");
    sides.show(target.dataset.sideLink as Side);
    one(`#side-${target.dataset.sideLink}`).focus();
  }
  if (target.dataset.key) softKey(target.dataset.key);
});

document.querySelector("dialog#reset [data-confirm]")?.addEventListener("click", () => {
  one<HTMLDialogElement>("dialog#reset").close();
  take(data.starter, "This is the starter again.");
});

function download(name: string, text: string, type: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000); // some browsers read it a moment later
}

/** The server writes it from the draft, so that is saved first; the page stays, whatever happens. */
async function notebook(link: HTMLAnchorElement): Promise<void> {
  await draft.now();
  try {
    download(`${link.dataset.notebook}.ipynb`, await html(link.href), "application/x-ipynb+json");
  } catch {
    notice("notebook", "The notebook cannot be fetched just now. Your code is kept.");
  }
}

function softKey(name: string): void {
  if (name === "tab") box.indent();
  else if (name === "left") box.move(-1);
  else if (name === "right") box.move(1);
  else box.insert(name);
}

// --- an exercise that is still being prepared opens by itself -------------------------------------------------

async function lookWhetherOpen(): Promise<void> {
  try {
    const page = new DOMParser().parseFromString(await html(location.href), "text/html");
    const fresh = JSON.parse(page.querySelector("#page-data")?.textContent ?? "{}") as Partial<PageData>;
    data.open = fresh.open === true;
  } catch {
    // Offline, or the server restarts: look again.
  }
  if (!data.open) {
    setTimeout(lookWhetherOpen, LOOK_AGAIN);
    return;
  }
  const text = "This exercise is open now. Run your code when you like.";
  if (verdictShown()) result.querySelector("[data-closed]")?.remove();
  else result.textContent = text;
  announce(text);
}

function verdictShown(): boolean {
  return result.querySelector(".verdict") !== null;
}

// --- begin ------------------------------------------------------------------------------------------------------

document.querySelector(".key-row")?.classList.add("ready");
// A press on these keys must not take the focus (and so the soft keyboard) from the editor.
document.querySelector(".key-row")?.addEventListener("pointerdown", (event) => event.preventDefault());
dress();
folded(result, dress);
if (!data.open) setTimeout(lookWhetherOpen, LOOK_AGAIN);
if (data.active) follow(data.active, data.active.seconds);
ready = true;
if (area.value !== fromServer) draft.changed();

const nonce = document.querySelector<HTMLMetaElement>("meta[name=csp-nonce]")?.content ?? "";
import(data.editor).then(
  (module: typeof import("./editor")) => {
    box = module.mount(area, {
      nonce,
      label: area.getAttribute("aria-label") ?? "Your code",
      describedBy: area.getAttribute("aria-describedby") ?? "",
      onChange: typed,
      most: data.most,
      onTooMuch: (size) =>
        notice(
          "too-much",
          `That is ${Math.round(size / 1024)} kB; at most ${Math.round(data.most / 1024)} kB of code can be sent. It was not put in. Is it a data file?`,
        ),
    });
    dress();
    document.documentElement.dataset.editor = "ready";
  },
  () => {
    // The textarea goes on working; a reload tries again.
    document.documentElement.dataset.editor = "plain";
  },
);
