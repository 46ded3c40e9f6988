// What makes the pages quicker to use; without it they show the same.
"use strict";

const PATIENCE = 60; // milliseconds after a key, so that a word typed at once is one request

for (const block of document.querySelectorAll("pre.copy")) addCopyButton(block);
for (const field of document.querySelectorAll("input[data-live]")) searchAsTyped(field);
document.addEventListener("keydown", toSearch);

function addCopyButton(block) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy-button";
  button.textContent = "Copy";
  button.setAttribute("aria-label", `Copy: ${block.textContent}`);
  button.addEventListener("click", async () => {
    button.textContent = (await copied(block)) ? "Copied" : "Press Ctrl+C";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  const beside = document.createElement("div");
  beside.className = "copying";
  block.replaceWith(beside);
  beside.append(block, button);
}

async function copied(block) {
  try {
    await navigator.clipboard.writeText(block.textContent);
    return true;
  } catch { // no clipboard outside https: what is selected can be copied all the same
    getSelection().selectAllChildren(block);
    return document.execCommand("copy");
  }
}

function searchAsTyped(field) {
  let timer, asked;
  field.form.classList.add("live");
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, PATIENCE);
  });

  async function search() {
    asked?.abort();
    asked = new AbortController();
    const address = new URL(field.form.action);
    for (const [name, value] of new FormData(field.form)) if (value) address.searchParams.set(name, value);
    try {
      const answer = await fetch(address, { signal: asked.signal });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.getElementById(field.dataset.live);
      document.getElementById(field.dataset.live).replaceWith(found);
      document.getElementById("said").textContent = found.querySelector(".count").textContent;
      history.replaceState(null, "", address);
    } catch (error) {
      if (error.name !== "AbortError") field.form.classList.remove("live"); // the button still works
    }
  }
}

function toSearch(event) {
  const field = document.querySelector("input[type=search]");
  const writing = event.target.closest("input:not([type=radio]), textarea, select, [contenteditable]");
  if (!field || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/" && !writing) {
    event.preventDefault();
    field.focus();
    field.select();
  } else if (event.key === "ArrowDown" && event.target === field) {
    event.preventDefault();
    document.querySelector("#found tbody a")?.focus();
  }
}
