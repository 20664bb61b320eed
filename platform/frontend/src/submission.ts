// The page of one submission: live arrays, and the verdict by itself when it is still being graded.
import { arrays } from "./arrays";
import { Live } from "./live";

const result = document.querySelector<HTMLElement>("[data-result]");
if (result) {
  arrays(result);
  const { follow, fragment } = result.dataset;
  if (follow && fragment) {
    const quiet = () => undefined;
    const live = new Live(
      { id: 0, url: "", events: follow, result: fragment, cancel: "" },
      { onStage: quiet, onOutput: quiet, onProbe: quiet, onTrouble: quiet, onEnd: () => location.reload() },
    );
    live.open();
  }
}
