// A run to start, open or compare; a miss to look into.
const page = window.wenyuan;
element.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  const value = (name) => form.elements[name].value;
  if ("run" in form.dataset) trigger("run", { set: value("set") });
  else if ("openRun" in form.dataset) trigger("openrun", { run: value("run") });
  else if ("compare" in form.dataset) trigger("compare", { before: value("before"), now: value("now") });
});
element.addEventListener("change", async (event) => {
  if (!("pickSet" in event.target.dataset) || !event.target.files.length) return;
  const file = event.target.files[0];
  const { path } = await upload(file);
  event.target.value = "";
  trigger("pickset", { path, name: file.name });
});
element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button || !element.contains(button)) return;
  if ("cancel" in button.dataset) document.querySelector("#eval-cancel").click();
  else if ("drill" in button.dataset) trigger("drill", { run: button.dataset.runName, id: button.dataset.drill });
});
const refresh = () => trigger("refresh");
let fresh = false;
document.addEventListener("wenyuan:view", (event) => {
  if (event.detail === "eval" && !fresh) { fresh = true; refresh(); }
});
setTimeout(() => { if (document.documentElement.dataset.view === "eval") { fresh = true; refresh(); } }, 0);
watch("value", () => {
  const result = element.querySelector("#eval-result");
  if (result) result.focus({ preventScroll: true });
});
