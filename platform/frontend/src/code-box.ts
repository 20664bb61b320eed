// What the page asks of an editor. The plain textarea is the first one; CodeMirror takes its place
// when it has loaded. Nothing else on the page knows which of the two is there.

export interface Problem {
  line: number;
  message: string;
}

export interface CodeBox {
  value(): string;
  /** Replaces everything as one step that undo takes back. */
  replace(text: string): void;
  insert(text: string): void;
  focus(): void;
  mark(problems: Problem[]): void;
  /** Moves to the next (1) or previous (-1) marked line; false if there is none. */
  step(direction: 1 | -1): boolean;
  /** Moves to a line, counted from 1; to the last one if there are fewer. */
  show(line: number): void;
  move(columns: 1 | -1): void;
  indent(): void;
}

export function offsetOfLine(text: string, line: number): number {
  let offset = 0;
  for (let current = 1; current < line; current += 1) {
    const end = text.indexOf("\n", offset);
    if (end < 0) break;
    offset = end + 1;
  }
  return offset;
}

/** The line to go to from `line`, around the ends; undefined when there is none. */
export function neighbour(lines: number[], line: number, direction: 1 | -1): number | undefined {
  const sorted = [...new Set(lines)].sort((a, b) => a - b);
  if (direction === 1) return sorted.find((each) => each > line) ?? sorted[0];
  return sorted.findLast((each) => each < line) ?? sorted.at(-1);
}

export class PlainBox implements CodeBox {
  private problems: Problem[] = [];

  constructor(
    private readonly area: HTMLTextAreaElement,
    onChange: () => void,
  ) {
    area.addEventListener("input", onChange);
  }

  value(): string {
    return this.area.value;
  }

  replace(text: string): void {
    this.area.focus();
    this.area.select();
    this.type(text);
  }

  insert(text: string): void {
    this.area.focus();
    this.type(text);
  }

  focus(): void {
    this.area.focus();
  }

  mark(problems: Problem[]): void {
    this.problems = problems;
  }

  step(direction: 1 | -1): boolean {
    const here = this.area.value.slice(0, this.area.selectionStart).split("\n").length;
    const line = neighbour(
      this.problems.map((problem) => problem.line),
      here,
      direction,
    );
    if (line === undefined) return false;
    this.show(line);
    return true;
  }

  show(line: number): void {
    const start = offsetOfLine(this.area.value, line);
    this.area.focus();
    this.area.setSelectionRange(start, Math.max(start, offsetOfLine(this.area.value, line + 1) - 1));
  }

  move(columns: 1 | -1): void {
    const at = Math.max(0, this.area.selectionStart + columns);
    this.area.focus();
    this.area.setSelectionRange(at, at);
  }

  indent(): void {
    this.insert("    ");
  }

  private type(text: string): void {
    // The only way to change a textarea that its own undo knows about; setRangeText is the way without.
    if (document.execCommand("insertText", false, text)) return;
    this.area.setRangeText(text, this.area.selectionStart, this.area.selectionEnd, "end");
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
