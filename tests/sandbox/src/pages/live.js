// Keeps the live parts of the operator's page up to date: once a second, from the same server that wrote the page.
"use strict";

const button = document.getElementById("live-switch");
const state = document.getElementById("live-state");
let running = true;

function say(text) {
  if (state.textContent !== text) state.textContent = text;
}

function isBusy(part) {
  const selection = getSelection();
  const selecting = !selection.isCollapsed && part.contains(selection.anchorNode);
  const focused = document.activeElement;
  return selecting || (part.contains(focused) && !focused.id);
}

function replace(fresh) {
  const part = document.getElementById(fresh.id);
  // What the server wrote at first counts as shown: nothing is replaced under a finger before it has changed.
  if (!part || (part.dataset.shown ?? part.innerHTML) === fresh.innerHTML || isBusy(part)) return;
  const open = [...part.querySelectorAll("details[open]")].map((details) => details.id);
  const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
  const shown = fresh.innerHTML;
  const scrolled = part.querySelector(".requests")?.scrollTop ?? 0;
  part.replaceChildren(...fresh.childNodes);
  part.dataset.shown = shown;
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  part.querySelector(".requests")?.scrollTo(0, scrolled);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

async function update() {
  if (running && !document.hidden) {
    try {
      const answer = await fetch("/_sandbox/page/live", { cache: "no-store" });
      if (!answer.ok) throw new Error(answer.statusText);
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      fresh.querySelectorAll("[data-live]").forEach(replace);
      say("Live");
    } catch {
      say("The sandbox does not answer");
    }
  }
  setTimeout(update, 1000);
}

button.hidden = false;
button.addEventListener("click", () => {
  running = !running;
  button.textContent = running ? "Pause" : "Go on";
  say(running ? "Live" : "Paused");
});
update();
