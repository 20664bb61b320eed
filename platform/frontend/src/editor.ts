// CodeMirror over the page's textarea. Loaded after the page is usable, in a file of its own.
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  closeCompletion,
  completeAnyWord,
  completeFromList,
  completionKeymap,
} from "@codemirror/autocomplete";
import {
  cursorCharLeft,
  cursorCharRight,
  defaultKeymap,
  history,
  historyKeymap,
  indentMore,
  indentWithTab,
} from "@codemirror/commands";
import { python, pythonLanguage } from "@codemirror/lang-python";
import {
  bracketMatching,
  codeFolding,
  foldGutter,
  foldKeymap,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, Prec } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";
import { type CodeBox, neighbour, type Problem } from "./code-box";

export interface EditorOptions {
  nonce: string;
  label: string;
  describedBy: string;
  onChange: () => void;
  /** Bytes that can be sent; what is pasted beyond that is not put in, because laying it out takes seconds. */
  most: number;
  onTooMuch: (size: number) => void;
  /** The text is no Python: Markdown or TOML. */
  plain?: boolean;
  /** Words that are completed besides those of Python and of the text. */
  words?: string[];
}

function tooMuch(event: Event, brought: DataTransfer | null, options: EditorOptions): boolean {
  const size = brought?.getData("text/plain").length ?? 0;
  if (size <= options.most) return false;
  event.preventDefault();
  options.onTooMuch(size);
  return true;
}

const LEAVING = 2000;

/** Escape that closes a list of completions lets the next Tab leave, too, as every other Escape does. */
function closeAndLeave(view: EditorView): boolean {
  if (!closeCompletion(view)) return false;
  view.setTabFocusMode(LEAVING);
  return true;
}

export function mount(area: HTMLTextAreaElement, options: EditorOptions): CodeBox {
  const state = EditorState.create({
    doc: area.value,
    extensions: [
      EditorView.cspNonce.of(options.nonce),
      Prec.highest(keymap.of([{ key: "Escape", run: closeAndLeave }])),
      lineNumbers(),
      lintGutter(),
      codeFolding(),
      foldGutter(),
      highlightActiveLine(),
      highlightActiveLineGutter(),
      history(),
      drawSelection(),
      indentOnInput(),
      indentUnit.of("    "),
      EditorState.tabSize.of(4),
      bracketMatching(),
      closeBrackets(),
      autocompletion({ activateOnTypingDelay: 250 }),
      highlightSelectionMatches(),
      syntaxHighlighting(classHighlighter),
      options.plain
        ? [EditorState.languageData.of(() => [{ autocomplete: completeAnyWord }]), EditorView.lineWrapping]
        : [
            python(),
            pythonLanguage.data.of({ autocomplete: completeAnyWord }),
            pythonLanguage.data.of({ autocomplete: completeFromList(options.words ?? []) }),
          ],
      keymap.of([
        ...closeBracketsKeymap,
        ...defaultKeymap.filter((binding) => binding.key !== "Mod-Enter"),
        ...searchKeymap,
        ...historyKeymap,
        ...foldKeymap,
        ...completionKeymap,
        ...lintKeymap.filter((binding) => binding.key !== "F8"),
        indentWithTab,
      ]),
      EditorView.contentAttributes.of({
        tabindex: "0",
        "aria-label": options.label,
        "aria-describedby": options.describedBy,
        spellcheck: "false",
        autocorrect: "off",
        autocapitalize: "off",
      }),
      EditorView.domEventHandlers({
        paste: (event) => tooMuch(event, event.clipboardData, options),
        drop: (event) => tooMuch(event, event.dataTransfer, options),
      }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) {
          area.value = update.state.doc.toString();
          options.onChange();
        }
      }),
    ],
  });
  const box = area.parentElement as HTMLElement;
  const hadFocus = document.activeElement === area;
  const selection = { anchor: area.selectionStart, head: area.selectionEnd };
  const view = new EditorView({ state, parent: box });
  area.hidden = true;
  if (hadFocus) {
    view.focus();
    view.dispatch({ selection });
  }

  let lines: number[] = [];
  return {
    value: () => view.state.doc.toString(),
    replace(text) {
      view.dispatch({
        changes: { from: 0, to: view.state.doc.length, insert: text },
        userEvent: "input.replace",
      });
    },
    insert(text) {
      view.dispatch(view.state.replaceSelection(text), { userEvent: "input.type", scrollIntoView: true });
      view.focus();
    },
    focus: () => view.focus(),
    mark(problems: Problem[]) {
      const doc = view.state.doc;
      const inside = problems.filter((problem) => problem.line >= 1 && problem.line <= doc.lines);
      lines = inside.map((problem) => problem.line);
      const diagnostics: Diagnostic[] = inside.map((problem) => {
        const line = doc.line(problem.line);
        const indent = line.text.length - line.text.trimStart().length;
        const from = Math.min(line.from + indent, line.to);
        return { from, to: line.to, severity: "error", message: problem.message };
      });
      diagnostics.sort((a, b) => a.from - b.from);
      view.dispatch(setDiagnostics(view.state, diagnostics));
    },
    step(direction) {
      const here = view.state.doc.lineAt(view.state.selection.main.head).number;
      const line = neighbour(lines, here, direction);
      if (line === undefined || line > view.state.doc.lines) return false;
      this.show(line);
      return true;
    },
    show(line) {
      const at = view.state.doc.line(Math.max(1, Math.min(line, view.state.doc.lines)));
      view.dispatch({ selection: { anchor: at.from }, scrollIntoView: true });
      view.focus();
    },
    move(columns) {
      (columns === 1 ? cursorCharRight : cursorCharLeft)(view);
      view.focus();
    },
    indent() {
      if (view.state.selection.main.empty) view.dispatch(view.state.replaceSelection("    "));
      else indentMore(view);
      view.focus();
    },
  };
}
