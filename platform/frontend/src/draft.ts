// Keeps what is typed: on this device at every keystroke, on the server one second after the last.
import { Offline, post, Refused, SignedOut } from "./server";

export interface Kept {
  source: string;
  at: number;
  /** The server's version that this text grew from. */
  version: number;
  /** Typed here and not yet on the server. */
  unsaved: boolean;
}

export interface DraftAnswer {
  version: number;
  updated: string;
  /** Another tab's text that this save replaced; the server keeps it for a while. */
  replaced?: string | null;
}

export interface DraftSettings {
  key: string;
  url: string | null;
  revision: string;
  version: number;
  /** What the server has, which need not be what stands in the editor. */
  saved: string;
  read: () => string;
  say: (text: string) => void;
  onReplaced: (other: string) => void;
  onElsewhere: (other: string) => void;
  onSignedOut: () => void;
}

export function kept(key: string): Kept | null {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? "null");
    if (typeof value !== "object" || value === null) return null;
    const { source, at, version, unsaved } = value as Record<string, unknown>;
    if (typeof source !== "string" || typeof at !== "number") return null;
    return { source, at, version: typeof version === "number" ? version : 0, unsaved: unsaved === true };
  } catch {
    return null;
  }
}

export const atTime = (moment: Date): string =>
  new Intl.DateTimeFormat(undefined, { timeStyle: "short" }).format(moment);

export class Draft {
  private timer = 0;
  private saving = false;
  private underway = Promise.resolve();
  private again = false;
  private failures = 0;
  /** A text that the server will not take, however often it is sent. */
  private hopeless: string | null = null;
  private saved: string;
  version: number;

  constructor(private readonly settings: DraftSettings) {
    this.version = settings.version;
    this.saved = settings.saved;
    addEventListener("online", () => this.soon(0));
    addEventListener("storage", (event) => {
      if (event.key !== settings.key) return;
      const other = kept(settings.key);
      if (other && other.source !== settings.read()) settings.onElsewhere(other.source);
    });
    addEventListener("pagehide", () => this.leave());
  }

  changed(): void {
    this.keep(true);
    this.settings.say(this.settings.url ? "Not saved yet" : "Kept on this device");
    this.soon(1000);
  }

  /** Resolves when what stands in the editor now is on the server, or could not be brought there. */
  async now(): Promise<void> {
    clearTimeout(this.timer);
    await this.underway;
    await this.save();
  }

  private soon(delay: number): void {
    if (!this.settings.url) return;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.save(), delay);
  }

  private keep(unsaved: boolean): void {
    const value: Kept = { source: this.settings.read(), at: Date.now(), version: this.version, unsaved };
    try {
      localStorage.setItem(this.settings.key, JSON.stringify(value));
    } catch {
      // A full or forbidden store: the server's copy remains.
    }
  }

  private async save(): Promise<void> {
    const { url, read, say } = this.settings;
    const source = read();
    if (!url) {
      this.keep(true);
      say(`Kept on this device ${atTime(new Date())}`);
      return;
    }
    if (source === this.saved) {
      if (this.version > 0) say(`Saved ${atTime(new Date())}`);
      return;
    }
    if (source === this.hopeless) return;
    if (this.saving) {
      this.again = true;
      return;
    }
    this.saving = true;
    this.underway = this.send(url, source);
    try {
      await this.underway;
    } finally {
      this.saving = false;
    }
    if (this.again) {
      this.again = false;
      this.soon(0);
    }
  }

  private async send(url: string, source: string): Promise<void> {
    const { revision, read, say } = this.settings;
    try {
      const answer = await post<DraftAnswer>(url, { source, revision, version: String(this.version) });
      this.version = answer.version;
      this.saved = source;
      this.failures = 0;
      this.keep(source !== read());
      say(`Saved ${atTime(new Date(answer.updated))}`);
      if (typeof answer.replaced === "string" && answer.replaced !== source) {
        this.settings.onReplaced(answer.replaced);
      }
    } catch (error) {
      this.failures += 1;
      if (error instanceof SignedOut) {
        say("Signed out; kept on this device");
        this.settings.onSignedOut();
      } else if (error instanceof Offline) {
        say("Offline; kept on this device");
      } else {
        say(
          error instanceof Refused && error.status < 500 ? error.message : "Not saved; kept on this device",
        );
      }
      // 429 and 408 pass; anything else between 400 and 499 is about the text and stays so until it changes.
      const refused = error instanceof Refused && error.status < 500 && ![408, 429].includes(error.status);
      if (refused) this.hopeless = source;
      else if (!(error instanceof SignedOut)) this.soon(Math.min(30_000, 2000 * 2 ** this.failures));
    }
  }

  /** The last word when the page goes away: the device has it; the server gets it if it can. */
  private leave(): void {
    const { url, revision, read } = this.settings;
    const source = read();
    if (!url || source === this.saved) return;
    this.keep(true);
    const body = new FormData();
    body.set("source", source);
    body.set("revision", revision);
    body.set("version", String(this.version));
    body.set("csrfmiddlewaretoken", /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "");
    navigator.sendBeacon(url, body);
  }
}
