// The panes of the exercise page: dividers that drag or take arrow keys, and tabs on a phone.

const store = (key: string, value: string): void => {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Without a store the next visit begins with the usual widths.
  }
};

export function dividers(workbench: HTMLElement): void {
  for (const divider of workbench.querySelectorAll<HTMLElement>("[role=separator][data-property]")) {
    wireDivider(divider, divider.parentElement as HTMLElement);
  }
}

function wireDivider(divider: HTMLElement, frame: HTMLElement): void {
  const vertical = divider.getAttribute("aria-orientation") === "vertical";
  const property = divider.dataset.property as string;
  const usual = Number(divider.getAttribute("aria-valuenow"));
  const low = Number(divider.getAttribute("aria-valuemin"));
  const high = Number(divider.getAttribute("aria-valuemax"));
  let share = usual;

  const set = (value: number, remember = true) => {
    share = Math.round(Math.min(high, Math.max(low, value)));
    frame.style.setProperty(property, `${share}%`);
    divider.setAttribute("aria-valuenow", String(share));
    if (remember) store(`zg${property}`, String(share));
  };
  const before = Number(localStorage.getItem(`zg${property}`));
  if (before) set(before, false);

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
      [less]: share - (event.shiftKey ? 10 : 2),
      [more]: share + (event.shiftKey ? 10 : 2),
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

export class Tabs {
  private readonly phone = matchMedia("(max-width: 639.98px)");
  private readonly buttons: HTMLButtonElement[];
  private tab: Tab = "read";

  constructor(private readonly workbench: HTMLElement) {
    this.buttons = [...workbench.querySelectorAll<HTMLButtonElement>("[role=tab]")];
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
    this.phone.addEventListener("change", () => this.apply());
    this.apply();
  }

  show(tab: Tab): void {
    this.tab = tab;
    this.apply();
    if (this.phone.matches) window.scrollTo(0, 0);
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
    for (const button of this.buttons) {
      const chosen = button.dataset.tab === this.tab;
      button.setAttribute("aria-selected", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
      if (chosen && this.tab === "result") for (const mark of button.querySelectorAll("span")) mark.remove();
    }
  }
}
