// Checks of a verdict that are folded: what is in them is fetched when they are opened.
import { arrays } from "./arrays";
import { html } from "./server";

const AWAY = "This cannot be fetched just now. Open it again in a moment.";

/** Once for each page. `changed` is called after something new stands in it. */
export function folded(root: HTMLElement, changed: () => void = () => undefined): void {
  const asked = new WeakMap<HTMLElement, string>();
  const put = async (place: HTMLElement, url: string): Promise<boolean> => {
    place.setAttribute("aria-busy", "true");
    asked.set(place, url);
    try {
      const piece = await html(url);
      if (asked.get(place) !== url) return false; // something else was asked for since
      place.innerHTML = piece;
      arrays(place);
      place.dispatchEvent(new CustomEvent("zg:swapped", { bubbles: true }));
      changed();
      return true;
    } catch {
      if (asked.get(place) !== url) return false;
      const words = document.createElement("p");
      words.textContent = AWAY;
      place.replaceChildren(words);
      return false;
    } finally {
      if (asked.get(place) === url) place.removeAttribute("aria-busy");
    }
  };
  root.addEventListener(
    "toggle",
    (event) => {
      const check = event.target as HTMLDetailsElement;
      const body = check.querySelector<HTMLElement>(":scope > [data-body]");
      if (!check.open || !body || !check.dataset.fetch || check.dataset.there !== undefined) return;
      check.dataset.there = "";
      void put(body, check.dataset.fetch).then((good) => {
        if (!good) delete check.dataset.there;
      });
    },
    { capture: true }, // it does not bubble
  );
  root.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-piece]");
    const place = link?.closest<HTMLElement>("[data-body]");
    if (!link || !place) return;
    event.preventDefault();
    void put(place, link.dataset.piece ?? link.href).then((good) => {
      if (good) place.querySelector<HTMLElement>(".grid")?.focus();
    });
  });
}
