// The line above the results: what happens now, for how long, and a cell for each check.
import type { Stage } from "./live";

export class RunLine {
  private readonly text: HTMLElement;
  private readonly time: HTMLElement;
  private readonly cells: HTMLElement;
  private readonly stop: HTMLElement;
  private clock = 0;
  private probes = 0;

  constructor(
    private readonly line: HTMLElement,
    private readonly announce: (text: string) => void,
  ) {
    const part = (selector: string) => line.querySelector(selector) as HTMLElement;
    this.text = part("[data-run-text]");
    this.time = part("[data-run-time]");
    this.cells = part("[data-run-units]");
    this.stop = part("[data-stop]");
  }

  /** Counts from `seconds` on. What is only being sent cannot be stopped yet. */
  begin(seconds = 0, stoppable = false): void {
    clearInterval(this.clock);
    this.again();
    this.cells.textContent = "";
    this.stop.hidden = !stoppable;
    const start = performance.now() - seconds * 1000;
    const tick = () => {
      const elapsed = (performance.now() - start) / 1000;
      this.time.textContent = elapsed < 10 ? `${elapsed.toFixed(1)} s` : `${Math.round(elapsed)} s`;
    };
    tick();
    this.clock = window.setInterval(tick, 100);
  }

  show(stage: Stage): void {
    this.line.hidden = stage.phase === "done";
    this.line.dataset.phase = stage.phase;
    if (this.text.textContent !== stage.text) {
      this.text.textContent = stage.text;
      this.announce(stage.text);
    }
    if (stage.total && this.cells.childElementCount !== stage.total) {
      while (this.cells.childElementCount < stage.total) {
        const cell = document.createElement("span");
        cell.className = "unit";
        this.cells.append(cell);
      }
      while (this.cells.childElementCount > stage.total) this.cells.lastElementChild?.remove();
    }
    const asked = stage.about ? (this.cells.children[stage.done ?? 0] as HTMLElement | undefined) : undefined;
    for (const cell of this.cells.querySelectorAll(".asked"))
      if (cell !== asked) cell.classList.remove("asked");
    if (asked && !asked.classList.contains("asked")) {
      asked.style.setProperty("--about", `${stage.about}s`);
      asked.style.setProperty("--age", `${-(stage.age ?? 0)}s`);
      asked.classList.add("asked");
    }
  }

  /** One more check has its word. */
  probe(word: string): void {
    this.cells.children[this.probes]?.classList.add(word === "passed" ? "passed" : "tried");
    this.probes += 1;
  }

  /** The checks begin from the first. */
  again(): void {
    this.probes = 0;
  }

  trouble(text: string): void {
    clearInterval(this.clock);
    this.time.textContent = "";
    this.cells.textContent = "";
    this.stop.hidden = true;
    this.line.hidden = false;
    this.line.dataset.phase = "trouble";
    this.text.textContent = text;
    this.announce(text);
  }

  /** Says when the next is possible, and goes away then. */
  waitFor(seconds: number): void {
    clearInterval(this.clock);
    let left = seconds;
    const tick = () => {
      this.time.textContent = left > 0 ? `again in ${left} s` : "";
      if (left <= 0) this.end();
      left -= 1;
    };
    tick();
    this.clock = window.setInterval(tick, 1000);
  }

  end(): void {
    clearInterval(this.clock);
    this.line.hidden = true;
  }
}
