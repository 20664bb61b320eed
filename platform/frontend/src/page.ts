// On every page, small on purpose: menus that close, times in the reader's own zone, the help dialog.

import { changedHands, settle } from "./device";

const who = document.documentElement.dataset.who ?? "";
settle(who);
addEventListener("pageshow", (event) => {
  // Out of the browser's memory; if somebody else is signed in now, or nobody, it is not theirs to see.
  if (event.persisted && changedHands(who)) location.reload();
});

for (const menu of document.querySelectorAll<HTMLDetailsElement>("details[data-menu]")) {
  document.addEventListener("click", (event) => {
    if (menu.open && !menu.contains(event.target as Node)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary")?.focus();
  });
}

const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const exact = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" }); // where two times share a minute

export function localTimes(root: ParentNode): void {
  for (const time of root.querySelectorAll<HTMLTimeElement>("time[datetime]:not([title])")) {
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    const today = moment.toDateString() === new Date().toDateString();
    const told = (time.hasAttribute("data-exact") ? exact : clock).format(moment);
    time.title = `${day.format(moment)}, ${told}`;
    time.textContent = today ? told : time.title;
  }
}
localTimes(document);
document.addEventListener("zg:swapped", (event) => localTimes(event.target as Element));

// A moment is chosen in the reader's own zone; it travels with the minutes that this zone is ahead of UTC then.
const two = (part: number) => String(part).padStart(2, "0");
for (const field of document.querySelectorAll<HTMLInputElement>("input[data-moment]")) {
  const form = field.form;
  const ahead = form?.querySelector<HTMLInputElement>("input[name=zone]");
  if (!form || !ahead) continue;
  const moment = new Date(`${field.value}:00Z`);
  // A form that was refused comes back as it was typed, with its zone.
  if (field.value && !ahead.value && !Number.isNaN(moment.getTime())) {
    const day = `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
    field.value = `${day}T${two(moment.getHours())}:${two(moment.getMinutes())}`;
  }
  const told = field.closest(".field")?.querySelector("[data-zone]");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (told) told.textContent = `(your time, ${zone})`;
  form.addEventListener("submit", () => {
    const chosen = new Date(field.value);
    ahead.value = Number.isNaN(chosen.getTime()) ? "" : String(-chosen.getTimezoneOffset());
  });
}

const help = document.querySelector<HTMLDialogElement>("dialog#shortcuts");
if (help) {
  for (const button of document.querySelectorAll("[data-open-shortcuts]")) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      help.showModal();
    });
  }
  document.addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    const typing = target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
    if (event.key !== "?" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    help.showModal();
  });
}
// A question before something is done. Without this script the link leads to the same question on a page.
for (const link of document.querySelectorAll<HTMLElement>("[data-open]")) {
  link.addEventListener("click", (event) => {
    const dialog = document.querySelector<HTMLDialogElement>(`dialog#${link.dataset.open}`);
    if (!dialog) return;
    event.preventDefault();
    dialog.showModal();
  });
}
for (const dialog of document.querySelectorAll("dialog")) {
  dialog.addEventListener("click", (event) => {
    const target = event.target as HTMLElement;
    if (target === dialog || target.closest("[data-close]")) dialog.close();
  });
}

// The training on the first page: its script is fetched when the page itself is there.
const show = document.querySelector<HTMLElement>("[data-show]")?.dataset.show;
if (show) void import(show);
