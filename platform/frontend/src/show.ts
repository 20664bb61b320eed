// The first page's training: watches the show that runs, begins one, or plays the recording and says so.
import { Drawn } from "./drawn";
import { json, post } from "./server";

type Told = [seconds: number, kind: string, data: Record<string, unknown>];

interface Part {
  told: Told[];
  after: number;
  ended: boolean;
  failed: boolean;
  waiting: boolean;
}

const LOOK = 800;
const AWAY = "The server could not be reached. Try again in a moment.";
/** A recording is played so many times faster than it happened. */
const PACE = 4;
const LINE = /^(\d{1,9})\t(.*)$/s;

class Show {
  private readonly drawn: Drawn;
  private readonly lines: HTMLElement;
  private readonly status: HTMLElement;
  private readonly button: HTMLButtonElement;
  private text = "";
  /** What is watched; another number means that something newer is. */
  private turn = 0;

  constructor(private readonly place: HTMLElement) {
    const find = <T extends HTMLElement>(what: string) => place.querySelector<T>(what) as T;
    this.drawn = new Drawn(find("[data-live-drawn]"));
    this.lines = find("[data-lines]");
    this.status = find("[data-said]");
    this.button = find<HTMLButtonElement>("[data-begin]");
    this.button.addEventListener("click", () => {
      if (this.button.ariaDisabled !== "true") void this.begin();
    });
    void this.join();
  }

  /** Somebody else's show may be running: then it is watched at once. */
  private async join(): Promise<void> {
    try {
      const { show } = await json<{ show: string | null }>(this.place.dataset.now ?? "");
      if (show && this.turn === 0) await this.follow(show);
    } catch {
      this.resting(false); // the page is complete without it; the button tries again
    }
  }

  /** While something is shown the button rests; it is not disabled, or the keyboard would lose its place. */
  private resting(yes: boolean): void {
    this.button.ariaDisabled = String(yes);
  }

  private async begin(): Promise<void> {
    this.resting(true);
    this.status.textContent = "Starting";
    try {
      const { show, why } = await post<{ show: string | null; why?: string }>(
        this.place.dataset.start ?? "",
        {},
      );
      if (show) await this.follow(show);
      else await this.play(why ?? "");
    } catch {
      this.status.textContent = AWAY;
      this.resting(false);
    }
  }

  private async follow(url: string): Promise<void> {
    this.clear();
    this.turn += 1;
    const mine = this.turn;
    this.resting(true);
    let after = 0;
    let missed = 0;
    let seen = 0;
    while (mine === this.turn) {
      let part: Part;
      try {
        part = await json<Part>(`${url}?after=${after}`);
        missed = 0;
      } catch {
        missed += 1;
        if (missed > 10) {
          this.rest(AWAY);
          return;
        }
        await pause(LOOK * missed);
        continue;
      }
      after = part.after;
      seen += part.told.length;
      for (const one of part.told) this.take(one);
      const since = part.told.at(-1)?.[0];
      if (part.waiting) this.status.textContent = "Live: waiting for a box";
      else if (since !== undefined)
        this.status.textContent = `Live on this machine, ${Math.round(since)} s in`;
      else if (seen === 0) this.status.textContent = "Live: PyTorch is starting";
      if (part.failed && seen < 10) return this.play("The live training could not go on.");
      if (part.ended) {
        this.rest(part.failed ? "It was interrupted: that was all." : "That was live, without a GPU.");
        return;
      }
      await pause(document.hidden ? 4 * LOOK : LOOK);
    }
  }

  private async play(why: string): Promise<void> {
    const { made, told } = await json<{ made: string; told: Told[] }>(this.place.dataset.recording ?? "");
    this.clear();
    this.turn += 1;
    const mine = this.turn;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const about = `${why} This is a recording of ${made}${still ? "" : `, played ${PACE} times faster`}.`;
    this.status.textContent = about.trim();
    const began = performance.now();
    for (const one of told) {
      const wait = (one[0] * 1000) / PACE - (performance.now() - began);
      if (!still && wait > 0) await pause(wait);
      if (mine !== this.turn) return;
      this.take(one);
    }
    this.rest(about.trim());
  }

  private rest(text: string): void {
    this.status.textContent = text;
    this.resting(false);
    this.button.textContent = "Again";
  }

  private clear(): void {
    this.text = "";
    this.drawn.clear();
    this.lines.textContent = "";
  }

  private take([, kind, data]: Told): void {
    if (kind !== "output") {
      this.drawn.take(kind, data);
      return;
    }
    this.text += String(data.text ?? "");
    const whole = this.text.split("\n");
    this.text = whole.pop() ?? "";
    for (const line of whole) this.write(line);
  }

  private write(line: string): void {
    const found = LINE.exec(line);
    if (!found) return;
    const item = document.createElement("li");
    const step = document.createElement("span");
    step.className = "step muted small";
    step.textContent = `step ${found[1]}`;
    const words = document.createElement("span");
    words.textContent = found[2] ?? "";
    item.append(step, words);
    this.lines.append(item);
    this.lines.hidden = false;
  }
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const place = document.querySelector<HTMLElement>("[data-show]");
if (place) new Show(place);
