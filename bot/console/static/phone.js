// The page works without this. With it new texts come by themselves, and nothing jumps.
"use strict";

const live = ["caption", "bar", "families", "suggestions", "school"];
const element = (id) => document.getElementById(id);
const fresh = () => new Map([...document.querySelectorAll("[data-fresh]")].map((each) => [each.dataset.fresh, each.textContent]));

// Take over what is new in another state of this page.
function show(html) {
  const next = new DOMParser().parseFromString(html, "text/html");
  if (!next.getElementById("thread")) return;
  const before = fresh();
  const inSuggestions = element("suggestions").contains(document.activeElement);
  for (const id of live) {
    const [old, now] = [element(id), next.getElementById(id)];
    if (old.innerHTML !== now.innerHTML) old.replaceChildren(...now.childNodes);
  }
  if (inSuggestions && document.activeElement === document.body) element("suggestions").querySelector("button")?.focus();
  for (const each of document.querySelectorAll("[data-fresh]")) {
    if (before.get(each.dataset.fresh) !== each.textContent) each.classList.add("fresh");
  }
  converse(next.getElementById("thread"));
}

// Only what is new is added, so that a screen reader says only that.
function converse(next) {
  const [thread, screen] = [element("thread"), element("screen")];
  const keys = (list) => [...list.children].map((each) => each.dataset.key);
  const [old, now] = [keys(thread), keys(next)];
  const goesOn = old.every((key, place) => key === now[place]);
  const added = [...next.children].slice(goesOn ? old.length : 0);
  if (!added.length) return;
  // Whoever reads further up is left there, until they text themselves.
  const follow = screen.scrollTop > -100 || added.some((each) => each.matches(".family"));
  for (const each of added) each.classList.add("arrived");
  if (goesOn) thread.append(...added);
  else thread.replaceChildren(...added);
  if (follow) screen.scrollTop = 0;
}

let [asked, shown] = [0, 0];

// Ask for this page, with or without a text; an answer that was overtaken is not shown. True where it was one.
async function ask(options) {
  const mine = ++asked;
  const answer = await fetch(location.href, options);
  const html = await answer.text();
  if (!answer.ok) return false;
  if (answer.url !== location.href) location.assign(answer.url);
  else if (mine > shown) {
    shown = mine;
    show(html);
  }
  return true;
}

// The server may be away: the stream comes back when it does, and looks again.
const look = () => ask().catch(() => false);

async function send(form, text) {
  const body = new URLSearchParams(new FormData(form));
  body.set("text", text);
  const sent = await ask({ method: "POST", body }).catch(() => false);
  element("trouble").textContent = sent ? "" : "This text was not sent. Please try again.";
  return sent;
}

element("suggestions").addEventListener("submit", (event) => {
  event.preventDefault();
  send(event.target, event.submitter.value);
});

element("texting").addEventListener("submit", async (event) => {
  event.preventDefault();
  const box = element("text");
  const text = box.value;
  box.value = "";
  if (!(await send(event.target, text)) && !box.value) box.value = text;
});

element("text").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if (event.target.value.trim()) event.target.form.requestSubmit();
});

// As the stylesheet has it: with room beside the phone the list is open.
const roomy = matchMedia("(min-width: 68rem)");
const unfold = () => (document.querySelector(".families details").open = roomy.matches);
roomy.addEventListener("change", unfold);
unfold();

// A browser keeps few streams open, so a page that nobody looks at lets go of its own.
let stream = null;

function listen() {
  if (document.hidden) {
    stream?.close();
    stream = null;
  } else if (!stream) {
    stream = new EventSource("/phone/live");
    stream.addEventListener("open", look);
    stream.addEventListener("message", look);
  }
}

document.addEventListener("visibilitychange", listen);
listen();
