// The shortcuts of the exercise page. Those with a modifier work inside the editor too; there is no
// single-letter key here, and `?` (page.ts) is off while somebody types.

export interface Actions {
  run(): void;
  submit(): void;
  save(): void;
  stop(): void;
  hint(): void;
  focus(pane: "read" | "code" | "result"): void;
  problem(direction: 1 | -1): void;
}

export const onMac = /Mac|iP(hone|ad|od)/.test(globalThis.navigator?.platform ?? "");

/** The action that a key press asks for, or undefined. */
export function actionOf(event: KeyboardEvent, actions: Actions): (() => void) | undefined {
  const mod = event.ctrlKey || event.metaKey;
  if (mod && !event.altKey) {
    if (event.key === "Enter") return event.shiftKey ? actions.submit : actions.run;
    if (event.key === "'") return actions.run;
    if (event.key === "." && !event.shiftKey) return actions.stop;
    if (event.key.toLowerCase() === "s" && !event.shiftKey) return actions.save;
  }
  if (event.altKey && !mod) {
    // By position: with Alt a Mac types another character.
    if (event.code === "KeyH") return actions.hint;
    if (event.code === "Digit1") return () => actions.focus("read");
    if (event.code === "Digit2") return () => actions.focus("code");
    if (event.code === "Digit3") return () => actions.focus("result");
  }
  if (event.key === "F8" && !mod && !event.altKey) return () => actions.problem(event.shiftKey ? -1 : 1);
  return undefined;
}

export function listen(actions: Actions): void {
  document.addEventListener(
    "keydown",
    (event) => {
      if (document.querySelector("dialog[open]")) return;
      const action = actionOf(event, actions);
      if (!action) return;
      event.preventDefault();
      event.stopPropagation();
      if (!event.repeat) action();
    },
    { capture: true },
  );
  if (onMac) for (const key of document.querySelectorAll("kbd[data-mod]")) key.textContent = "⌘";
}
