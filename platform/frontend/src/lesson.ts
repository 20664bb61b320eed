// A lesson whose cells told the run tracker something: draws that, as the exercise page does.
import { drawn } from "./drawn";

const text = document.querySelector<HTMLElement>("[data-lesson]");
if (text) {
  for (const host of text.querySelectorAll<HTMLElement>("[data-drawn]")) {
    host.dataset.plot = text.dataset.plot;
    host.dataset.figures = text.dataset.figures;
  }
  drawn(text);
}
