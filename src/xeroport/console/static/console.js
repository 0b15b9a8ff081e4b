// Progressive additions: everything works without this file, except live progress and charts.

// A page is read again by itself only while nobody presses, types or is on the way elsewhere.
let isPressed = false;
let isReloading = false;
let leftAt = -Infinity;
const isInUse = () =>
  isPressed ||
  performance.now() - leftAt < 30000 ||
  document.activeElement?.matches?.("input, textarea, select");
const reload = () => {
  if (isInUse()) setTimeout(reload, 300);
  else { isReloading = true; location.reload(); }
};
addEventListener("pointerdown", () => {
  isPressed = true;
  if (isReloading) { isReloading = false; stop(); setTimeout(reload, 300); }
}, true);
for (const end of ["pointerup", "pointercancel"]) {
  addEventListener(end, () => setTimeout(() => { isPressed = false; }, 100), true);
}
addEventListener("beforeunload", () => { if (!isReloading) leftAt = performance.now(); });

// Live progress of a run: <section data-follow="/runs/7/events">.
for (const panel of document.querySelectorAll("[data-follow]")) {
  const source = new EventSource(panel.dataset.follow);
  source.addEventListener("progress", (event) => {
    panel.innerHTML = JSON.parse(event.data).html;
  });
  source.addEventListener("lines", (event) => {
    const log = document.querySelector("[data-log]");
    if (!log) return;
    const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    log.querySelector("tbody").insertAdjacentHTML("beforeend", JSON.parse(event.data).html);
    if (isAtEnd) log.scrollTop = log.scrollHeight;
  });
  source.addEventListener("done", () => {
    source.close();
    reload();
  });
}

// A page that waits for work is loaded again once it would look different: <div data-reload>.
const look = async (before) => {
  const reply = await fetch(location.href).catch(() => null);
  const main = reply && new DOMParser().parseFromString(await reply.text(), "text/html").querySelector("main");
  const now = main?.innerHTML ?? before;
  const isOver = reply && (reply.redirected || !main?.querySelector("[data-reload]"));
  if (isOver || (before && now !== before)) reload();
  else setTimeout(look, 1000, now);
};
if (document.querySelector("[data-reload]")) look();

// A select or checkbox that sends its form: <select data-send>.
for (const each of document.querySelectorAll("[data-send]")) {
  each.addEventListener("change", () => each.form.requestSubmit());
}

// Fields that belong to some choices of a select: <div data-for="every:day week">.
for (const select of document.querySelectorAll("select[data-shows]")) {
  const show = () => {
    for (const field of document.querySelectorAll(`[data-for^="${select.name}:"]`)) {
      field.hidden = !field.dataset.for.split(":")[1].split(" ").includes(select.value);
    }
  };
  select.addEventListener("change", show);
  show();
}

// On a narrow screen each cell stands below the other, with the head of its column beside it:
// <table class="labelled">.
for (const table of document.querySelectorAll("table.labelled")) {
  const heads = [...table.tHead.rows[0].cells].map((head) => head.textContent.trim());
  for (const row of table.tBodies[0].rows) {
    [...row.cells].forEach((cell, place) => { cell.dataset.label = heads[place]; });
  }
}

// A button that copies: <button data-copies="text">.
for (const button of document.querySelectorAll("[data-copies]")) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copies);
    button.textContent = "Copied";
  });
}

// A file may be dropped anywhere on the form: <input type="file" data-drop>.
for (const input of document.querySelectorAll("input[data-drop]")) {
  const area = input.form;
  area.addEventListener("dragover", (event) => { event.preventDefault(); area.classList.add("over"); });
  area.addEventListener("dragleave", () => area.classList.remove("over"));
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    area.classList.remove("over");
    if (event.dataTransfer.files.length) input.files = event.dataTransfer.files;
  });
}

// A button that must not be pressed twice: <form data-once>.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    const buttons = [...form.elements].filter((each) => each.type === "submit");
    setTimeout(() => { for (const button of buttons) button.disabled = true; }, 0);
    if (event.submitter?.dataset.busy) event.submitter.textContent = event.submitter.dataset.busy;
  });
}

// What was typed and not yet sent: leaving the page asks first: <form data-guarded>.
for (const form of document.querySelectorAll("form[data-guarded]")) {
  let isSending = false;
  form.addEventListener("submit", () => { isSending = true; });
  addEventListener("beforeunload", (event) => {
    if (!isSending && ![...form.elements].every(isAsServed)) event.preventDefault();
  });
}
function isAsServed(field) {
  if (field.type === "checkbox" || field.type === "radio") return field.checked === field.defaultChecked;
  if (field.options) {
    const served = [...field.options].findIndex((each) => each.defaultSelected);
    return field.selectedIndex === Math.max(served, 0);
  }
  return field.defaultValue === undefined || field.type === "file" ? !field.files?.length : field.value === field.defaultValue;
}
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

// "/" goes to the search box.
addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const box = document.querySelector("#find");
    if (box) { event.preventDefault(); box.focus(); box.select(); }
  }
});

// Ctrl+Enter sends the form of a text area: <textarea data-quick>.
for (const area of document.querySelectorAll("textarea[data-quick]")) {
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) area.form.requestSubmit();
  });
}

// After an answer in place, bring it into view: <h2 id="reply" tabindex="-1" data-arrive>.
document.querySelector("[data-arrive]")?.focus();
