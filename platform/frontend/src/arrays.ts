// Arrays side by side: scrolled together, one cell pointed at in all of them, its index and numbers
// in words below. By pointer or by arrow keys. The tables are the server's and complete without this.

function cellAt(table: Element, row: number, column: number): HTMLTableCellElement | null {
  return table.querySelector(`tbody tr:nth-child(${row + 1}) td:nth-of-type(${column + 1})`);
}

/** The index of a cell, as the heads of its row and column say it. */
function indexOf(cell: HTMLTableCellElement | null | undefined): string {
  const line = cell?.parentElement as HTMLTableRowElement;
  const named = line.querySelector("th")?.textContent;
  const place = [...line.querySelectorAll("td")].indexOf(cell as HTMLTableCellElement);
  const heads = line.closest("table")?.querySelectorAll("thead th") ?? [];
  const column = heads[place + (named === undefined ? 0 : 1)]?.textContent ?? String(place);
  return named === undefined ? column : `${named}, ${column}`;
}

export function arrays(root: ParentNode): void {
  for (const group of root.querySelectorAll<HTMLElement>(".arrays[data-group]")) {
    if (group.dataset.live) continue;
    group.dataset.live = "yes";
    wire(group);
  }
}

function wire(group: HTMLElement): void {
  const grids = [...group.querySelectorAll<HTMLElement>(".grid")];
  const foot = group.parentElement?.querySelector<HTMLElement>(".arrays-foot");
  const resting = foot?.textContent ?? "";
  foot?.setAttribute("aria-live", "polite"); // arrow keys move through the cells; their words stand here
  let at: [number, number] | null = null;

  const point = (row: number, column: number, scroll: boolean) => {
    const cells = grids.map((grid) => cellAt(grid, row, column));
    if (cells.every((cell) => cell === null)) return;
    for (const old of group.querySelectorAll(".here")) old.classList.remove("here");
    at = [row, column];
    const words: string[] = [];
    for (const [index, cell] of cells.entries()) {
      if (!cell) continue;
      cell.classList.add("here");
      if (scroll) cell.scrollIntoView({ block: "nearest", inline: "nearest" });
      const name = grids[index]?.dataset.name ?? "";
      words.push(`${name} ${cell.dataset.exact ?? cell.textContent?.trim() ?? ""}`);
    }
    if (foot) foot.textContent = `[${indexOf(cells.find((cell) => cell !== null))}]: ${words.join(", ")}`;
  };

  // Where a grid was put by another one: a shorter one, put as far as it goes, must not pull the longer back.
  const put = new Map<HTMLElement, string>();
  const placeOf = (grid: HTMLElement) => `${grid.scrollTop} ${grid.scrollLeft}`;
  for (const grid of grids) {
    grid.addEventListener("scroll", () => {
      if (put.get(grid) === placeOf(grid)) return;
      put.delete(grid);
      for (const other of grids) {
        if (other === grid) continue;
        if (other.scrollTop !== grid.scrollTop) other.scrollTop = grid.scrollTop;
        if (other.scrollLeft !== grid.scrollLeft) other.scrollLeft = grid.scrollLeft;
        put.set(other, placeOf(other));
      }
    });
    grid.addEventListener("pointerover", (event) => {
      const cell = (event.target as Element).closest("td");
      const row = cell?.parentElement as HTMLTableRowElement | undefined;
      if (!cell || !row) return;
      point(row.sectionRowIndex, [...row.querySelectorAll("td")].indexOf(cell), false);
    });
    grid.addEventListener("keydown", (event) => {
      const steps: Record<string, [number, number]> = {
        ArrowUp: [-1, 0],
        ArrowDown: [1, 0],
        ArrowLeft: [0, -1],
        ArrowRight: [0, 1],
      };
      const step = steps[event.key];
      if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      if (at) point(Math.max(0, at[0] + step[0]), Math.max(0, at[1] + step[1]), true);
      else point(0, 0, true);
    });
  }
  group.addEventListener("pointerleave", () => {
    if (group.contains(document.activeElement)) return;
    for (const old of group.querySelectorAll(".here")) old.classList.remove("here");
    if (foot) foot.textContent = resting;
  });
}
