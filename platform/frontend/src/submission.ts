// The page of one submission: live arrays, and the verdict by itself when it is still being graded.
import { arrays } from "./arrays";
import { Drawn, drawn } from "./drawn";
import { folded } from "./folded";
import { Live } from "./live";

const result = document.querySelector<HTMLElement>("[data-result]");
if (result) {
  arrays(result);
  drawn(result);
  folded(result);
  const { follow, fragment } = result.dataset;
  const place = document.querySelector<HTMLElement>("[data-live-drawn]");
  if (follow && fragment && place) {
    const picture = new Drawn(place);
    const quiet = () => undefined;
    const live = new Live(
      { id: 0, url: "", events: follow, result: fragment, cancel: "" },
      {
        onStage: quiet,
        onOutput: quiet,
        onProbe: quiet,
        onTrouble: quiet,
        onDrawn: (kind, data) => picture.take(kind, data),
        onAgain: () => picture.clear(),
        onEnd: () => location.reload(),
      },
    );
    live.open();
  }
}
