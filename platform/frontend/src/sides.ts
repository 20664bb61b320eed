// What stands beside the editor: the text, earlier submissions or the solution. All three stand below each
// other without scripts; here one is shown at a time. The solution is fetched when it is looked at.
import { folded } from "./folded";
import { html, postForHtml } from "./server";

export type Side = "text" | "submissions" | "solution";

const AWAY = "This cannot be fetched just now. Open it again in a moment.";

export class Sides {
  private readonly buttons: HTMLButtonElement[];
  private readonly solution: HTMLElement | null;
  private fetched = false;
  /** Counts what was asked for: an answer that is not to the last question is not shown. */
  private asked = 0;

  constructor(
    private readonly pane: HTMLElement,
    private readonly taken: (id: string, source: string) => void,
  ) {
    this.buttons = [...pane.querySelectorAll<HTMLButtonElement>("[data-sides] [role=tab]")];
    this.solution = pane.querySelector("[data-solution-body]");
    for (const button of this.buttons) {
      const panel = this.panel(button);
      panel?.setAttribute("role", "tabpanel");
      panel?.setAttribute("aria-labelledby", button.id);
      panel?.removeAttribute("aria-label");
      button.addEventListener("click", () => this.show(button.dataset.side as Side));
      button.addEventListener("keydown", (event) => {
        const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
        if (!step) return;
        const next = this.buttons.at((this.buttons.indexOf(button) + step) % this.buttons.length);
        next?.focus();
        next?.click();
      });
    }
    const earlier = pane.querySelector<HTMLElement>("#side-submissions");
    if (earlier) folded(earlier);
    earlier?.addEventListener("click", (event) => {
      const link = (event.target as Element).closest<HTMLElement>("[data-take]");
      const kept = link?.closest("[data-body]")?.querySelector(":scope > script");
      if (!link || !kept) return;
      event.preventDefault();
      this.taken(link.dataset.take ?? "", JSON.parse(kept.textContent ?? '""') as string);
    });
    this.solution?.addEventListener("submit", (event) => {
      const form = event.target as HTMLFormElement;
      if (!form.matches("[data-open-solution]")) return;
      event.preventDefault();
      void this.put(() => postForHtml(form.action, new FormData(form)), true);
    });
    if (this.buttons.length > 0) this.show("text");
  }

  show(side: Side): void {
    for (const button of this.buttons) {
      const chosen = button.dataset.side === side;
      button.setAttribute("aria-selected", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
      const panel = this.panel(button);
      if (panel) panel.hidden = !chosen;
    }
    this.pane.dataset.side = side;
    if (side === "solution" && !this.fetched) {
      const from = this.pane.querySelector<HTMLElement>("#side-solution")?.dataset.from;
      if (from) void this.put(() => html(from), false);
    }
  }

  /** A verdict came: what is said about the solution may be another thing now. */
  stale(): void {
    this.fetched = false;
    if (this.pane.dataset.side === "solution") this.show("solution");
  }

  private panel(button: HTMLElement): HTMLElement | null {
    return this.pane.querySelector(`#${button.getAttribute("aria-controls")}`);
  }

  private async put(get: () => Promise<string>, focus: boolean): Promise<void> {
    const place = this.solution;
    if (!place) return;
    this.fetched = true;
    this.asked += 1;
    const mine = this.asked;
    place.setAttribute("aria-busy", "true");
    try {
      const piece = await get();
      if (mine !== this.asked) return;
      place.innerHTML = piece;
      place.dispatchEvent(new CustomEvent("zg:swapped", { bubbles: true }));
      if (focus) this.pane.querySelector<HTMLElement>("#side-solution")?.focus();
    } catch {
      if (mine !== this.asked) return;
      this.fetched = false;
      place.textContent = AWAY;
    } finally {
      if (mine === this.asked) place.removeAttribute("aria-busy");
    }
  }
}
