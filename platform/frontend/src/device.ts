// What this browser keeps of what people type: under a name for each person, because computers are shared.

export interface Kept {
  source: string;
  at: number;
  /** The server's version that this text grew from. */
  version: number;
  /** Typed here and not yet on the server. */
  unsaved: boolean;
}

const WHO = "zg:who";

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

/** False where the store is full or forbidden. */
export function keep(key: string, value: Kept): boolean {
  try {
    localStorage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

export function forget(key: string): void {
  try {
    localStorage.removeItem(key);
  } catch {
    // Where nothing is kept there is nothing to forget.
  }
}

/** Notes whose page this is, and forgets what the server has of everybody else. What it never got stays: its
 * person finds it again, and nobody else is shown it. `who` is "" for a visitor. */
export function settle(who: string): void {
  try {
    localStorage.setItem(WHO, who);
    for (const key of Object.keys(localStorage)) {
      const person = /^zg:draft:(\d+):/.exec(key)?.[1];
      if (person && person !== who && kept(key)?.unsaved !== true) localStorage.removeItem(key);
    }
  } catch {
    // As above.
  }
}

/** Whether a page that was drawn for `who` is another person's by now. */
export function changedHands(who: string): boolean {
  try {
    return localStorage.getItem(WHO) !== who;
  } catch {
    return false;
  }
}
