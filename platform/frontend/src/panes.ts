// The panes of the exercise page: dividers that drag or take arrow keys, and tabs on a phone.

const store = (key: string, value: string): void => {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Without a store the next visit begins with the usual widths.
  }
};

const stored = (key: string): string | null => {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // a browser that keeps nothing refuses to look, too
  }
};

export function dividers(workbench: HTMLElement): void {
  for (const divider of workbench.querySelectorAll<HTMLElement>("[role=separator][data-property]")) {
    wireDivider(divider, divider.parentElement as HTMLElement, workbench);
  }
}

/** Height of the editor once something has run, in per cent; as in workbench-sizes.css. */
const MORE_RESULTS = 40;

/** From the first run on there is more room for results, unless somebody chose how much. It is done at a press,
 * before anything is there to be moved. */
export function moreResults(workbench: HTMLElement): void {
  workbench.dataset.results = "more";
  const divider = workbench.querySelector<HTMLElement>("[data-property='--split-rows']");
  const frame = divider?.parentElement;
  if (divider && frame && !frame.style.getPropertyValue("--split-rows"))
    divider.setAttribute("aria-valuenow", String(MORE_RESULTS));
}

function wireDivider(divider: HTMLElement, frame: HTMLElement, workbench: HTMLElement): void {
  const vertical = divider.getAttribute("aria-orientation") === "vertical";
  const property = divider.dataset.property as string;
  const told = Number(divider.getAttribute("aria-valuenow"));
  const usual = !vertical && workbench.dataset.results === "more" ? MORE_RESULTS : told;
  const low = Number(divider.getAttribute("aria-valuemin"));
  const high = Number(divider.getAttribute("aria-valuemax"));
  const now = () => Number(divider.getAttribute("aria-valuenow"));

  const set = (value: number, remember = true) => {
    const share = Math.round(Math.min(high, Math.max(low, value)));
    frame.style.setProperty(property, `${share}%`);
    divider.setAttribute("aria-valuenow", String(share));
    if (remember) store(`zg${property}`, String(share));
  };
  const before = Number(stored(`zg${property}`));
  if (before) set(before, false);
  else divider.setAttribute("aria-valuenow", String(usual));

  divider.addEventListener("pointerdown", (event) => {
    divider.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  divider.addEventListener("pointermove", (event) => {
    if (!divider.hasPointerCapture(event.pointerId)) return;
    const area = frame.getBoundingClientRect();
    set(
      vertical
        ? ((event.clientX - area.left) / area.width) * 100
        : ((event.clientY - area.top) / area.height) * 100,
    );
  });
  divider.addEventListener("dblclick", () => set(usual));
  divider.addEventListener("keydown", (event) => {
    const less = vertical ? "ArrowLeft" : "ArrowUp";
    const more = vertical ? "ArrowRight" : "ArrowDown";
    const wanted: Record<string, number> = {
      [less]: now() - (event.shiftKey ? 10 : 2),
      [more]: now() + (event.shiftKey ? 10 : 2),
      Home: low,
      End: high,
      Enter: usual,
    };
    const value = wanted[event.key];
    if (value === undefined) return;
    event.preventDefault();
    set(value);
  });
}

export type Tab = "read" | "code" | "result";

/** What is seen of the three parts: one at a time on a phone; between a phone and a desk the results are a
 * sheet that lies over the others. */
export class Tabs {
  private readonly phone = matchMedia("(max-width: 639.98px)");
  private readonly between = matchMedia("(min-width: 640px) and (max-width: 1023.98px)");
  private readonly buttons: HTMLButtonElement[];
  private readonly toggle: HTMLButtonElement | null;
  private tab: Tab = "read";

  constructor(private readonly workbench: HTMLElement) {
    this.toggle = workbench.querySelector("[data-sheet-toggle]");
    this.buttons = [...workbench.querySelectorAll<HTMLButtonElement>(".tabs [role=tab]")];
    for (const button of this.buttons) {
      button.addEventListener("click", () => this.show(button.dataset.tab as Tab));
      button.addEventListener("keydown", (event) => {
        const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
        if (!step) return;
        const next = this.buttons.at((this.buttons.indexOf(button) + step) % this.buttons.length);
        next?.focus();
        next?.click();
      });
    }
    for (const screen of [this.phone, this.between]) screen.addEventListener("change", () => this.apply());
    this.toggle?.addEventListener("click", () => this.show(this.open ? "code" : "result"));
    workbench.querySelector("[data-sheet-close]")?.addEventListener("click", () => this.close());
    workbench.querySelector("#results")?.addEventListener("keydown", (event) => {
      if ((event as KeyboardEvent).key === "Escape" && this.open) this.close();
    });
    this.apply();
  }

  show(tab: Tab): void {
    const focused = document.activeElement;
    this.tab = tab;
    this.apply();
    if (!this.phone.matches) return;
    window.scrollTo(0, 0);
    // What had the focus may be on a part that is hidden now: the keyboard goes on from the tab.
    if (focused?.checkVisibility() === false) this.buttons.find((each) => each.dataset.tab === tab)?.focus();
  }

  /** Whether the sheet lies over the page. */
  private get open(): boolean {
    return this.between.matches && this.tab === "result";
  }

  private close(): void {
    this.show("code");
    this.toggle?.focus();
  }

  /** A mark on the result tab while somebody reads another one. */
  tell(): void {
    const button = this.buttons.find((each) => each.dataset.tab === "result");
    if (!button || this.tab === "result" || button.querySelector(".dot")) return;
    const dot = document.createElement("span");
    dot.className = "dot";
    const word = document.createElement("span");
    word.className = "visually-hidden";
    word.textContent = "new";
    button.append(dot, word);
  }

  private apply(): void {
    if (this.phone.matches) this.workbench.dataset.tab = this.tab;
    else delete this.workbench.dataset.tab;
    if (this.between.matches) this.workbench.dataset.sheet = this.open ? "open" : "closed";
    else delete this.workbench.dataset.sheet;
    this.toggle?.setAttribute("aria-expanded", String(this.open));
    for (const button of this.buttons) {
      const chosen = button.dataset.tab === this.tab;
      button.setAttribute("aria-selected", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
      if (chosen && this.tab === "result") for (const mark of button.querySelectorAll("span")) mark.remove();
    }
  }
}
