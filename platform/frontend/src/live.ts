// One submission as it happens: follows its events, draws the stage line, and fetches the verdict.
import { html, post, Refused } from "./server";

export interface Urls {
  id: number;
  url: string;
  events: string;
  result: string;
  cancel: string;
  /** Seconds that one submission takes at present, for an estimate of the wait. */
  pace?: number;
}

export interface Stage {
  /** What the line says. */
  text: string;
  /** queued, starting, running, checking: shown with a pulse; trouble: with a warning. */
  phase: "queued" | "starting" | "running" | "checking" | "trouble" | "done";
  done?: number;
  total?: number;
  /** Of a check that takes long: about how many seconds, and how many of them are over. */
  about?: number;
  age?: number;
}

export interface LiveHooks {
  onStage(stage: Stage): void;
  onOutput(text: string): void;
  onProbe(word: string, title: string): void;
  /** A figure, a metric or a drawing: see Drawn. */
  onDrawn(kind: string, data: Record<string, unknown>): void;
  /** It begins from the beginning: what was shown of it is void. */
  onAgain(): void;
  onEnd(resultHtml: string): void;
  onTrouble(text: string): void;
}

type Data = Record<string, unknown>;
const QUIET = 7000;
/** A line can be dead without a word: a proxy holds it back, a machine slept. The verdict is looked for, too. */
const LOOK = 30_000;
/** The last word about a submission, and `end`: the server has nothing more to say. */
const ENDS = ["graded", "cancelled", "broken", "end"] as const;
const number = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);

/** Why a submission is run again, by `why` of the event; and what stands beside every stage from then on. */
const AGAIN: Record<string, string> & { fault: string } = {
  worker: "The machine that checked this went away; it is being checked again from the start",
  deploy: "The machine that checked this is being renewed; it is being checked again from the start",
  fault: "The grader stumbled, not your code. It is run again",
};
const FROM_THE_START: Record<string, string> = {
  worker: " (again from the start: the machine that checked it went away)",
  deploy: " (again from the start: the machine that checked it was renewed)",
};

/** The sentence for an event, or undefined if it changes none. */
export function stageOf(kind: string, data: Data, pace = 0): Stage | undefined {
  if (kind === "queued") {
    if (typeof data.waits === "string") return { phase: "queued", text: data.waits };
    const before = number(data.before) ?? 0;
    const wait = Math.round(before * pace);
    const about = wait >= 1 ? `, about ${wait} s` : "";
    return { phase: "queued", text: before > 0 ? `Queued: ${before} before you${about}` : "Queued" };
  }
  if (kind === "running") return { phase: "starting", text: "Starting" };
  if (kind === "requeued") {
    return { phase: "queued", text: AGAIN[String(data.why)] ?? AGAIN.fault };
  }
  if (kind === "asking") {
    const [done, total] = [number(data.done) ?? 0, number(data.total) ?? 1];
    const about = number(data.about);
    const time = about ? `, about ${about} s` : `, at most ${number(data.limit) ?? 0} s`;
    const text = `Checking ${done + 1}/${total}: ${String(data.title ?? "")}${time}`;
    const stage: Stage = { phase: "checking", text, done, total };
    return about ? { ...stage, about, age: number(data.age) ?? 0 } : stage;
  }
  if (kind === "stage") {
    const total = number(data.total);
    if (data.stage === "running") return { phase: "running", text: "Running your code" };
    if (data.stage === "checking") {
      const stage: Stage = { phase: "checking", text: total ? `Checking 1/${total}` : "Checking" };
      return total ? { ...stage, done: 0, total } : stage;
    }
    if (data.stage === "waiting") {
      return { phase: "starting", text: "The machine is busy: waiting for a sandbox" };
    }
    return { phase: "starting", text: "Starting" };
  }
  if (kind === "probe") {
    const done = number(data.done) ?? 0;
    const total = number(data.total) ?? done;
    return { phase: "checking", text: `Checking ${Math.min(done + 1, total)}/${total}`, done, total };
  }
  return undefined;
}

export class Live {
  private source: EventSource | null = null;
  private stage: Stage = { phase: "queued", text: "Queued" };
  private ended = false;
  private retries = 0;
  private last = "";
  private silence = 0;
  private looking = 0;
  private patience = QUIET;
  private note = "";
  private readonly goneOffline = () =>
    this.trouble("Offline. What is here stays, and you can go on editing.");
  private readonly backOnline = () => this.open();
  private readonly shownAgain = (event: PageTransitionEvent) => {
    if (event.persisted) this.open(); // out of the browser's memory: the line did not outlast it
  };

  constructor(
    readonly urls: Urls,
    private readonly hooks: LiveHooks,
  ) {}

  open(): void {
    if (this.ended) return;
    // What listens already is not added twice.
    addEventListener("offline", this.goneOffline);
    addEventListener("online", this.backOnline);
    addEventListener("pageshow", this.shownAgain);
    this.source?.close();
    this.lookLater();
    const resume = this.last ? `${this.urls.events.includes("?") ? "&" : "?"}after=${this.last}` : "";
    const source = new EventSource(this.urls.events + resume);
    this.source = source;
    source.addEventListener("open", () => {
      this.retries = 0;
      this.hooks.onStage(this.stage);
    });
    for (const kind of [
      "queued",
      "running",
      "requeued",
      "stage",
      "output",
      "figure",
      "metric",
      "drawing",
      "asking",
      "probe",
      ...ENDS,
    ]) {
      source.addEventListener(kind, (event) => {
        const message = event as MessageEvent<string>;
        this.last = message.lastEventId || this.last;
        this.take(kind, message.data);
      });
    }
    source.addEventListener("error", () => {
      if (this.ended || source !== this.source) return;
      if (navigator.onLine === false) this.goneOffline();
      else this.trouble("Reconnecting. What is here stays.");
      // The browser retries by itself unless the server refused; then the verdict may be there already.
      if (source.readyState === EventSource.CLOSED) void this.ask();
    });
  }

  async cancel(): Promise<void> {
    try {
      await post(this.urls.cancel, {});
    } catch (error) {
      if (error instanceof Refused && error.status === 409) return;
      if (error instanceof Refused && error.status === 403) return this.hooks.onTrouble(error.message);
      this.hooks.onTrouble("It could not be stopped just now. It will end by itself.");
    }
  }

  /** Something under way of which nothing is heard: a grader that died is found out after a while. */
  private listen(): void {
    clearTimeout(this.silence);
    if (this.stage.phase === "queued") return;
    const patience = this.patience;
    this.silence = window.setTimeout(() => {
      const text = `${this.stage.text}. Nothing new for ${Math.round(patience / 1000)} s: if the grader was interrupted, this begins again by itself`;
      if (!this.ended) this.hooks.onStage({ ...this.stage, text });
    }, patience);
  }

  close(): void {
    this.ended = true;
    clearTimeout(this.silence);
    this.source?.close();
    removeEventListener("offline", this.goneOffline);
    removeEventListener("online", this.backOnline);
    removeEventListener("pageshow", this.shownAgain);
    clearTimeout(this.looking);
  }

  private trouble(text: string): void {
    this.hooks.onStage({ phase: "trouble", text });
  }

  /** The server has nothing to tell: shows the verdict if there is one, otherwise asks again later. */
  private async ask(): Promise<void> {
    if (!(await this.look())) this.later();
  }

  /** Whether there is a verdict, which is shown then. */
  private async look(): Promise<boolean> {
    try {
      const found = await html(this.urls.result);
      if (this.ended) return true;
      if (/data-word="(queued|running)"/.test(found)) return false;
      this.close();
      this.hooks.onEnd(found);
      return true;
    } catch {
      return false; // No connection, or nobody is signed in: what the line says stays.
    }
  }

  private lookLater(): void {
    clearTimeout(this.looking);
    this.looking = window.setTimeout(async () => {
      if (!(await this.look()) && !this.ended) this.lookLater();
    }, LOOK);
  }

  private later(): void {
    this.retries += 1;
    window.setTimeout(
      () => {
        if (!this.ended) this.open();
      },
      Math.min(15_000, 500 * 2 ** this.retries),
    );
  }

  private take(kind: string, text: string): void {
    if (this.ended) return;
    this.lookLater();
    let data: Data = {};
    try {
      data = JSON.parse(text) as Data;
    } catch {
      return;
    }
    if (kind === "output" && typeof data.text === "string") this.hooks.onOutput(data.text);
    if (kind === "probe") this.hooks.onProbe(String(data.word ?? ""), String(data.title ?? ""));
    if (kind === "figure" || kind === "metric" || kind === "drawing") this.hooks.onDrawn(kind, data);
    if (kind === "requeued") {
      this.note = FROM_THE_START[String(data.why)] ?? "";
      this.hooks.onAgain();
    }
    const stage = stageOf(kind, data, this.urls.pace);
    if (stage) {
      // A check that takes long may be silent for as long as it may take.
      this.patience = kind === "asking" ? QUIET + 1000 * (number(data.limit) ?? 0) : QUIET;
      this.stage = kind === "requeued" ? stage : { ...stage, text: stage.text + this.note };
      this.hooks.onStage(this.stage);
    }
    this.listen();
    if ((ENDS as readonly string[]).includes(kind)) void this.finish();
  }

  private async finish(): Promise<void> {
    this.close();
    for (let attempt = 0; ; attempt += 1) {
      try {
        this.hooks.onEnd(await html(this.urls.result));
        return;
      } catch (error) {
        if (error instanceof Refused && error.status < 500) {
          this.hooks.onTrouble(error.message);
          return;
        }
        this.trouble("Reconnecting. The result is ready and will be fetched.");
        await new Promise((resolve) => setTimeout(resolve, Math.min(15_000, 500 * 2 ** attempt)));
      }
    }
  }
}
