// One polite live region. Screen readers hear at most one sentence every two seconds, the newest.

const PAUSE = 2000;

export function announcer(region: HTMLElement): (text: string) => void {
  let last = 0;
  let timer = 0;
  return (text) => {
    clearTimeout(timer);
    const wait = Math.max(0, last + PAUSE - Date.now());
    timer = window.setTimeout(() => {
      last = Date.now();
      region.textContent = text;
    }, wait);
  };
}
