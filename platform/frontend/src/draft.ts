// Keeps what is typed: on this device at every keystroke, on the server one second after the last.
import { keep, kept } from "./device";
import { Offline, post, Refused, SignedOut } from "./server";

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
  /** Whose page this is: the server refuses what comes from the page of somebody who signed out since. */
  who: string;
  /** A text of this device that the server may have got without our hearing of it. */
  sent: string | null;
  read: () => string;
  say: (text: string) => void;
  onSaved: () => void;
  onReplaced: (other: string) => void;
  onElsewhere: (other: string) => void;
  /** The page came back as it was left, and this was typed since; what it shows is on the server. */
  onNewer: (other: string) => void;
  onSignedOut: () => void;
}

/** The time alone for a moment of today. */
export function atTime(moment: Date): string {
  const today = moment.toDateString() === new Date().toDateString();
  const day = today ? {} : ({ dateStyle: "medium" } as const);
  return new Intl.DateTimeFormat(undefined, { ...day, timeStyle: "short" }).format(moment);
}

/** Texts whose answer was never heard, of which the server may have one; more are not remembered. */
const MOST_UNHEARD = 20;

export class Draft {
  private timer = 0;
  private saving = false;
  private underway = Promise.resolve();
  private again = false;
  private failures = 0;
  /** A text that the server will not take, however often it is sent. */
  private hopeless: string | null = null;
  private saved: string;
  /** Sent from here, and nothing was heard: if the server has one of these, it is no other tab's. */
  private readonly unheard = new Set<string>();
  private keeps = true;
  version: number;

  constructor(private readonly settings: DraftSettings) {
    this.version = settings.version;
    this.saved = settings.saved;
    if (settings.sent !== null) this.unheard.add(settings.sent);
    addEventListener("online", () => this.soon(0));
    addEventListener("storage", (event) => {
      if (event.key !== settings.key) return;
      const other = kept(settings.key);
      if (other && other.source !== settings.read()) settings.onElsewhere(other.source);
    });
    addEventListener("pagehide", () => this.leave());
    addEventListener("pageshow", (event) => {
      if (event.persisted) this.back();
    });
  }

  changed(): void {
    this.keep(true);
    this.settings.say(this.settings.url ? "Not saved yet" : this.here());
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
    const { key, read } = this.settings;
    this.keeps = keep(key, { source: read(), at: Date.now(), version: this.version, unsaved });
  }

  /** Where a text is that the server does not have. */
  private here(): string {
    return this.keeps ? "Kept on this device" : "Only in this page";
  }

  private unsaved(why: string): string {
    return `${why}; ${this.here().toLowerCase()}`;
  }

  private async save(): Promise<void> {
    const { url, read, say } = this.settings;
    const source = read();
    if (!url) {
      this.keep(true);
      say(this.keeps ? `${this.here()} ${atTime(new Date())}` : this.here());
      return;
    }
    if (source === this.saved) {
      const here = kept(this.settings.key);
      if (here?.unsaved && here.source === source) this.keep(false);
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
    const { read, say } = this.settings;
    const before = new Set(this.unheard);
    this.sends(source);
    try {
      const answer = await post<DraftAnswer>(url, this.fields(source));
      this.version = answer.version;
      this.saved = source;
      this.failures = 0;
      this.unheard.clear();
      this.keep(source !== read());
      say(`Saved ${atTime(new Date(answer.updated))}`);
      this.settings.onSaved();
      const { replaced } = answer;
      if (typeof replaced === "string" && replaced !== source && !before.has(replaced)) {
        this.settings.onReplaced(replaced);
      }
    } catch (error) {
      this.failures += 1;
      if (error instanceof SignedOut) {
        say(this.unsaved("Signed out"));
        this.settings.onSignedOut();
      } else if (error instanceof Offline) {
        say(this.unsaved("Offline"));
      } else {
        say(error instanceof Refused && error.status < 500 ? error.message : this.unsaved("Not saved"));
      }
      // 429 and 408 pass; anything else between 400 and 499 is about the text and stays so until it changes.
      const refused = error instanceof Refused && error.status < 500 && ![408, 429].includes(error.status);
      if (refused) this.hopeless = source;
      else if (!(error instanceof SignedOut)) this.soon(Math.min(30_000, 2000 * 2 ** this.failures));
    }
  }

  private fields(source: string): Record<string, string> {
    const { revision, who } = this.settings;
    return { source, revision, who, version: String(this.version) };
  }

  private sends(source: string): void {
    this.unheard.add(source);
    const [oldest] = this.unheard;
    if (oldest !== undefined && this.unheard.size > MOST_UNHEARD) this.unheard.delete(oldest);
  }

  /** The last word when the page goes away: the device has it; the server gets it if it can. */
  private leave(): void {
    const { url, read } = this.settings;
    const source = read();
    if (!url || source === this.saved) return;
    this.keep(true);
    const body = new FormData();
    for (const [name, value] of Object.entries(this.fields(source))) body.set(name, value);
    body.set("csrfmiddlewaretoken", /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "");
    this.sends(source);
    navigator.sendBeacon(url, body);
  }

  /** The browser shows the page again out of its memory, as it was left; time went on without it. */
  private back(): void {
    const { key, read, onElsewhere, onNewer } = this.settings;
    const newest = kept(key);
    if (newest && newest.source !== read()) {
      if (read() === this.saved) {
        this.version = newest.version;
        onNewer(newest.source);
      } else onElsewhere(newest.source);
    }
    this.soon(0);
  }
}
