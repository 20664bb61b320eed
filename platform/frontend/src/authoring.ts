// The desk of an author: one editor for each file, marks from the gate's own parser, the preview, a proof
// as it is made. What a text is worth is decided by the server; this page only sends and shows.
import { announcer } from "./announce";
import { type CodeBox, PlainBox, type Problem } from "./code-box";
import { html, Offline, post, Refused, SignedOut } from "./server";

type Mistake = [file: string, line: number | null, sentence: string];
interface ProofUrls {
  events: string;
  shown: string;
  stop: string;
}
interface PageData {
  read: string;
  save: string;
  validate: string;
  version: number;
  editor: string;
  words: string[];
  mistakes: Mistake[];
  most: number;
  about: Record<string, string>;
  beginnings: Record<string, string>;
  lesson: boolean;
  proof: ProofUrls | null;
}

const SAVE_AFTER = 1200;
const READ_AFTER = 500;
const RETRY_AFTER = 4000;

const one = <T extends HTMLElement>(selector: string, root: ParentNode = document): T => {
  const found = root.querySelector<T>(selector);
  if (!found) throw new Error(`the page has no ${selector}`);
  return found;
};

const data = JSON.parse(one("#page-data").textContent ?? "{}") as PageData;
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
const saved = one("[data-saved]");
const trouble = one("[data-trouble]");
const texts = one("[data-texts]");
const tabs = document.querySelector<HTMLElement>("[data-files]");
const publish = one<HTMLButtonElement>("[data-publish]");
const validate = one<HTMLButtonElement>("[data-validate]");
const stop = one<HTMLButtonElement>("[data-stop]");
const preview = one('[data-side-of="preview"]');
const proofSide = one('[data-side-of="proof"]');
const about = document.querySelector<HTMLElement>("[data-about]");
const announce = announcer(one("[data-announce]"));

const boxes = new Map<string, CodeBox>();
let mistakes: Mistake[] = data.mistakes;
let version = data.version;
let current = "";
let unsaved = false;
let saving: Promise<boolean> | null = null;
let proof: ProofUrls | null = null;
let live: EventSource | null = null;
let mount: typeof import("./editor").mount | null = null;

// --- files ------------------------------------------------------------------------------------------

const holder = (path: string): HTMLElement => one(`[data-text="${CSS.escape(path)}"]`);
const paths = (): string[] =>
  [...texts.querySelectorAll<HTMLElement>("[data-text]")].map((each) => each.dataset.text ?? "");
const text = (path: string): string =>
  boxes.get(path)?.value() ?? one<HTMLTextAreaElement>("textarea", holder(path)).value;

function files(): Record<string, string> {
  return Object.fromEntries(paths().map((path) => [path, text(path)]));
}

function fields(): Record<string, string> {
  return data.lesson ? { source: text("lesson.md") } : { texts: JSON.stringify(files()) };
}

/** What stands under the name of a file, or of its folder: `alternatives/` for all that are in it. */
function of(table: Record<string, string>, path: string): string {
  return table[path] ?? table[path.slice(0, path.indexOf("/") + 1)] ?? "";
}

/** A sentence whose `names` are set as code. */
function told(sentence: string): (Node | string)[] {
  return sentence.split("`").map((part, at) => {
    if (at % 2 === 0) return part;
    const code = document.createElement("code");
    code.textContent = part;
    return code;
  });
}

function open(path: string, focus = false): void {
  current = path;
  about?.replaceChildren(...told(of(data.about, path)));
  for (const each of texts.querySelectorAll<HTMLElement>("[data-text]")) {
    each.hidden = each.dataset.text !== path;
  }
  for (const tab of tabs?.querySelectorAll<HTMLElement>("[data-file]") ?? []) {
    const chosen = tab.dataset.file === path;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    if (chosen) tab.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  const area = one<HTMLTextAreaElement>("textarea", holder(path));
  if (mount && !(boxes.get(path) instanceof PlainBox) && boxes.has(path)) {
    if (focus) boxes.get(path)?.focus();
    return;
  }
  if (mount) {
    boxes.set(
      path,
      mount(area, {
        nonce,
        label: path,
        describedBy: "leave-editor",
        onChange: typed,
        most: data.most,
        onTooMuch: (size) =>
          say(`That is ${Math.round(size / 1024)} kB; a file has ${data.most / 1024} at most.`),
        plain: !path.endsWith(".py"),
        words: path === "probes.py" ? data.words : [],
      }),
    );
  } else if (!boxes.has(path)) {
    boxes.set(path, new PlainBox(area, typed));
  }
  mark();
  if (focus) boxes.get(path)?.focus();
}

function mark(): void {
  const ours = new Map<string, Problem[]>();
  for (const [file, line, message] of mistakes) {
    ours.set(file, [...(ours.get(file) ?? []), { line: line ?? 1, message }]);
  }
  for (const [path, box] of boxes) if (!(box instanceof PlainBox)) box.mark(ours.get(path) ?? []);
  for (const tab of tabs?.querySelectorAll<HTMLElement>("[data-file]") ?? []) {
    tab.classList.toggle("wrong", ours.has(tab.dataset.file ?? ""));
  }
}

function typed(): void {
  unsaved = true;
  saved.textContent = "Not saved yet";
  publish.disabled = true;
  const old = proofSide.querySelector<HTMLElement>("[data-stale]");
  if (old && !proof) old.hidden = false;
  saveSoon();
  readSoon();
}

function beginning(path: string): string {
  const starter = paths().includes("starter.py") ? text("starter.py") : "";
  return of(data.beginnings, path).replace("{starter.py}", () => starter);
}

function add(path: string, content = beginning(path)): void {
  if (!tabs || paths().includes(path)) return;
  const tab = document.createElement("button");
  tab.type = "button";
  tab.setAttribute("role", "tab");
  tab.dataset.file = path;
  tab.textContent = path;
  tabs.append(tab);
  const box = document.createElement("div");
  box.className = "editor-box";
  box.dataset.text = path;
  const area = document.createElement("textarea");
  area.setAttribute("aria-label", path);
  area.spellcheck = false;
  area.value = content;
  box.append(area);
  texts.append(box);
  open(path, true);
  typed();
}

/** Take a file out of the draft, and open the one beside it. */
function drop(path: string): boolean {
  const all = paths();
  const at = all.indexOf(path);
  const next = all[at + 1] ?? all[at - 1];
  if (!next) return false;
  holder(path).remove();
  tabs?.querySelector(`[data-file="${CSS.escape(path)}"]`)?.remove();
  boxes.delete(path);
  open(next);
  typed();
  return true;
}

function remove(): void {
  const path = current;
  const content = text(path);
  if (!drop(path)) return;
  say(`${path} is removed from the draft.`, () => {
    add(path, content);
    announce(`${path} is back in the draft.`);
  });
  one("button", trouble).focus(); // what was opened instead is nothing that was asked for
}

function rename(path: string, name: string): void {
  const content = text(path);
  add(name, content);
  drop(path);
  open(name, true);
}

// --- saving and reading -------------------------------------------------------------------------------

let saveTimer = 0;
let readTimer = 0;
let reading = false;

function say(sentence: string, undo?: () => void): void {
  trouble.hidden = false;
  trouble.replaceChildren(...told(sentence));
  if (undo) {
    const button = document.createElement("button");
    button.className = "link";
    button.type = "button";
    button.textContent = "Put it back";
    button.addEventListener("click", () => {
      trouble.hidden = true;
      undo();
    });
    trouble.append(" ", button);
  }
  announce(sentence);
}

function words(error: unknown): string {
  if (error instanceof Offline) return "No connection. What you typed is only in this page until it is back.";
  if (error instanceof SignedOut) return "You are signed out. Sign in again in another tab, then type on.";
  return error instanceof Error ? error.message : "Something failed. Try again.";
}

function saveSoon(delay = SAVE_AFTER): void {
  clearTimeout(saveTimer);
  saveTimer = window.setTimeout(() => void save(), delay);
}

/** Whether what stands in the editors is on the server. */
async function save(): Promise<boolean> {
  clearTimeout(saveTimer);
  while (saving) await saving;
  if (!unsaved) return true;
  saving = send();
  try {
    return await saving;
  } finally {
    saving = null;
  }
}

async function send(): Promise<boolean> {
  const sent = fields();
  try {
    const answer = await post<{ version: number }>(data.save, { ...sent, version: String(version) });
    version = answer.version;
    unsaved = JSON.stringify(sent) !== JSON.stringify(fields());
    saved.textContent = `Saved ${new Intl.DateTimeFormat(undefined, { timeStyle: "short" }).format(new Date())}`;
    if (!trouble.querySelector("button")) trouble.hidden = true; // what can be put back stays until the next word
    return true;
  } catch (error) {
    saved.textContent = "Not saved";
    say(words(error));
    const again = error instanceof Offline || (error instanceof Refused && error.status >= 429);
    if (again) saveSoon(RETRY_AFTER);
    return false;
  }
}

function readSoon(delay = READ_AFTER): void {
  clearTimeout(readTimer);
  readTimer = window.setTimeout(() => void read(), delay);
}

/** One at a time: the server reads one text of an author, and what was typed meanwhile is read next. */
async function read(): Promise<void> {
  if (reading) return readSoon();
  reading = true;
  try {
    const answer = await post<{ mistakes: Mistake[]; preview: string }>(data.read, fields());
    mistakes = answer.mistakes;
    const top = preview.scrollTop;
    const opened = [...preview.querySelectorAll("details")].map((each) => each.open);
    preview.innerHTML = answer.preview;
    preview.querySelectorAll("details").forEach((each, at) => {
      each.open = opened[at] ?? false;
    });
    preview.scrollTop = top;
    mark();
  } catch (error) {
    if (error instanceof Refused && error.status === 429) readSoon(RETRY_AFTER / 2);
    else if (error instanceof Offline) readSoon(RETRY_AFTER);
    else say(words(error));
  } finally {
    reading = false;
  }
}

// --- proofs -------------------------------------------------------------------------------------------

function side(name: string): void {
  for (const tab of document.querySelectorAll<HTMLElement>("[data-side]")) {
    const chosen = tab.dataset.side === name;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    one(`[data-side-of="${tab.dataset.side}"]`).hidden = !chosen;
  }
}

let showing = Promise.resolve();
let waiting = false;

/** Fetches what the proof has found; steps that come while it is under way are fetched once, after it. */
function show(urls: ProofUrls): Promise<void> {
  if (!waiting) {
    waiting = true;
    showing = showing.then(() => {
      waiting = false;
      return fetched(urls);
    });
  }
  return showing;
}

async function fetched(urls: ProofUrls): Promise<void> {
  try {
    const top = proofSide.scrollTop;
    proofSide.innerHTML = await html(urls.shown);
    proofSide.scrollTop = top;
    proofSide.dispatchEvent(new CustomEvent("zg:swapped", { bubbles: true }));
  } catch {
    // The next step brings it.
  }
}

/** While a proof is made, the button rests; it is not disabled, or the keyboard would lose its place. */
function rest(yes: boolean): void {
  validate.ariaDisabled = String(yes);
}

function follow(urls: ProofUrls): void {
  proof = urls;
  live?.close();
  stop.hidden = false;
  rest(true);
  publish.disabled = true;
  live = new EventSource(urls.events);
  live.addEventListener("step", () => void show(urls));
  live.addEventListener("end", () => void ended(urls));
  live.onerror = () => {
    // Refused, not only broken off: it may be over, or a server before ours has nobody behind it just now.
    if (live?.readyState === EventSource.CLOSED) void lookAgain(urls);
  };
}

async function lookAgain(urls: ProofUrls): Promise<void> {
  await show(urls);
  if (!["queued", "running"].includes(proofState())) return ended(urls);
  setTimeout(() => {
    if (proof === urls) follow(urls);
  }, RETRY_AFTER);
}

const proofState = (): string =>
  proofSide.querySelector<HTMLElement>("[data-proof-state]")?.dataset.proofState ?? "";

async function ended(urls: ProofUrls): Promise<void> {
  live?.close();
  live = null;
  proof = null;
  stop.hidden = true;
  rest(false);
  await show(urls);
  const state = proofState();
  const stale = proofSide.querySelector("[data-stale]:not([hidden])") !== null;
  publish.disabled = state !== "passed" || unsaved || stale;
  announce(state === "passed" ? "It may be published." : "Validation has ended.");
  if (data.lesson) await read();
}

validate.addEventListener("click", async () => {
  if (validate.ariaDisabled === "true") return;
  rest(true);
  try {
    if (!(await save())) return;
    const urls = await post<ProofUrls>(data.validate, {});
    trouble.hidden = true;
    if (!data.lesson) side("proof");
    await show(urls);
    follow(urls);
  } catch (error) {
    say(words(error));
  } finally {
    if (!proof) rest(false);
  }
});

stop.addEventListener("click", async () => {
  if (!proof) return;
  try {
    await post(proof.stop, {});
  } catch (error) {
    say(words(error));
  }
});

// --- wiring -------------------------------------------------------------------------------------------

function arrows(list: HTMLElement, selector: string, choose: (tab: HTMLElement) => void): void {
  list.addEventListener("click", (event) => {
    const tab = (event.target as HTMLElement).closest<HTMLElement>(selector);
    if (tab) choose(tab);
  });
  list.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
    const all = [...list.querySelectorAll<HTMLElement>(selector)];
    const at = all.indexOf(document.activeElement as HTMLElement);
    const next = all[(at + (event.key === "ArrowRight" ? 1 : all.length - 1)) % all.length];
    if (at < 0 || !next) return;
    event.preventDefault();
    choose(next);
    next.focus();
  });
}

if (tabs) arrows(tabs, "[data-file]", (tab) => open(tab.dataset.file ?? ""));
const sides = document.querySelector<HTMLElement>(".desk-tabs[role=tablist]");
if (sides) arrows(sides, "[data-side]", (tab) => side(tab.dataset.side ?? ""));

const dialog = document.querySelector<HTMLDialogElement>("#add-file");
if (dialog) {
  const name = one<HTMLInputElement>("#new-file", dialog);
  const done = one("[data-confirm]", dialog);
  const possible = (path: string): boolean =>
    /^(given\.py|mutants\.toml|equivalent\.toml|(alternatives|mutants)\/[A-Za-z_]\w*\.py)$/.test(path);
  let renamed = "";
  const ask = (path: string): void => {
    renamed = path;
    one("h2", dialog).textContent = path ? `Rename ${path}` : "Add a file";
    done.textContent = path ? "Rename" : "Add";
    name.value = path;
    name.setCustomValidity("");
    dialog.showModal();
  };
  const confirm = (): void => {
    const path = name.value.trim();
    const taken = renamed && path !== renamed && paths().includes(path);
    if (!possible(path) || taken) {
      name.setCustomValidity(
        taken
          ? `There is a ${path} already.`
          : "given.py, mutants.toml, equivalent.toml, alternatives/name.py or mutants/name.py",
      );
      name.reportValidity();
      return;
    }
    dialog.close();
    if (paths().includes(path)) open(path, true);
    else if (renamed) rename(renamed, path);
    else add(path);
  };
  name.addEventListener("input", () => name.setCustomValidity(""));
  one("[data-add]").addEventListener("click", () => ask(""));
  one("[data-rename]").addEventListener("click", () => {
    if (possible(current)) ask(current);
    else say(`\`${current}\` keeps its name: every exercise has it.`);
  });
  done.addEventListener("click", confirm);
  one("form", dialog).addEventListener("submit", (event) => {
    event.preventDefault();
    confirm();
  });
  one("[data-close]", dialog).addEventListener("click", () => dialog.close());
}
document.querySelector("[data-remove]")?.addEventListener("click", remove);
for (const button of document.querySelectorAll<HTMLElement>(".desk-head .menu > button")) {
  button.addEventListener("click", () => button.closest("details")?.removeAttribute("open"));
}

function go(event: Event): void {
  const place = (event.target as HTMLElement).closest<HTMLElement>("[data-goto]");
  const file = place?.dataset.goto;
  if (!file || !paths().includes(file)) return;
  open(file, true);
  if (place.dataset.line) boxes.get(file)?.show(Number(place.dataset.line));
}
preview.addEventListener("click", go);
proofSide.addEventListener("click", go);

/** A change that alters no answer gets its lines in equivalent.toml; the reason is the author's to write. */
proofSide.addEventListener("click", (event) => {
  const mutation = (event.target as HTMLElement).closest<HTMLElement>("[data-explain]")?.dataset.explain;
  if (!mutation) return;
  const file = "equivalent.toml";
  const entry = `[[equivalent]]\nmutation = ${JSON.stringify(mutation)}\nreason = "FILL: why nobody can notice it"\n`;
  if (paths().includes(file)) {
    open(file);
    const before = text(file);
    if (!before.includes(JSON.stringify(mutation))) {
      boxes.get(file)?.replace(before.trim() ? `${before.trimEnd()}\n\n${entry}` : entry);
    }
  } else {
    add(file, entry);
  }
  const reasons = text(file)
    .split("\n")
    .findLastIndex((line) => line.startsWith("reason"));
  boxes.get(file)?.show(reasons + 1);
});

addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
    event.preventDefault();
    void save();
  }
});
// A file that takes the place of the draft: what was typed is kept first, and the page says what it showed.
for (const form of document.querySelectorAll<HTMLFormElement>("form[enctype]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!(await save())) return;
    one<HTMLInputElement>("[name=version]", form).value = String(version);
    form.submit();
  });
}

addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
});
// Out of the browser's memory the page is as it was left, and what was saved or published since is not in it.
addEventListener("pageshow", (event) => {
  if (event.persisted && !unsaved) location.reload();
});

const first = paths()[0];
if (first) open(first);
try {
  const module: typeof import("./editor") = await import(data.editor);
  mount = module.mount;
  boxes.clear();
  if (current) open(current);
} catch {
  // The text fields go on working; a reload tries again.
}
document.documentElement.dataset.desk = "ready";
if (data.proof) {
  if (!data.lesson) side("proof");
  follow(data.proof);
}
