// Which answer is explained, and the question after another passage.
const page = window.wenyuan;
const open = () => trigger("why", { turn: Number(page.kept("wenyuan-why") ?? -1) });
document.addEventListener("wenyuan:view", (event) => { if (event.detail === "why") open(); });
setTimeout(() => { if (document.documentElement.dataset.view === "why") setTimeout(open, 400); }, 0);
element.addEventListener("change", (event) => {
  if (!("chooseTurn" in event.target.dataset)) return;
  page.keep("wenyuan-why", event.target.value);
  open();
});
element.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  trigger("whynot", { turn: Number(form.dataset.whyNot), wanted: form.elements.sentence.value.trim() || form.elements.source.value });
});
watch("value", () => {
  const result = element.querySelector("#why-not-result");
  if (result) result.focus();
});
