// Files in, one change at a time; what a button asks for stands in its data attributes.
const page = window.wenyuan;
const send = async (files) => {
  const list = [...files];
  if (!list.length) return;
  const sent = [];
  for (const [number, file] of list.entries()) {
    page.say(`正在上传 ${number + 1} / ${list.length}：${file.name}`);
    try {
      const { path } = await upload(file);
      sent.push({ path, name: file.webkitRelativePath || file.name });
    } catch (error) {
      const why = String(error.message || error);
      page.say(`${file.name} 没有传上来：${/size|large|413/i.test(why) ? "文件太大，请拆成几份" : why}`);
    }
  }
  if (sent.length) trigger("stage", { files: sent });
};
element.addEventListener("change", (event) => {
  if (!("pick" in event.target.dataset)) return;
  send(event.target.files);
  event.target.value = "";
});
for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
  element.addEventListener(kind, (event) => {
    const zone = event.target.closest && event.target.closest("[data-drop]");
    if (!zone) return;
    event.preventDefault();
    event.stopPropagation();
    zone.classList.toggle("over", kind === "dragenter" || kind === "dragover");
    if (kind === "drop") send(event.dataTransfer.files);
  });
}
element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button || !element.contains(button)) return;
  const data = button.dataset;
  // What cannot be undone in one step asks twice, in place: no dialogue of the browser.
  const sure = () => {
    if ("sure" in data) return true;
    const before = button.textContent;
    data.sure = "1";
    button.textContent = "再按一次确认";
    setTimeout(() => { delete data.sure; button.textContent = before; }, 4000);
    return false;
  };
  if ("add" in data) trigger("addfiles");
  else if ("discard" in data) trigger("discard");
  else if ("cancel" in data) document.querySelector("#corpus-cancel").click();
  else if ("preview" in data) trigger("preview", { id: data.preview });
  else if ("remove" in data) { if (sure()) trigger("remove", { uri: data.remove }); }
  else if ("rollback" in data) { if (sure()) trigger("rollback", { name: data.rollback }); }
  else if ("rebuild" in data) { if (sure()) trigger("rebuild"); }
});
const refresh = () => trigger("refresh");
document.addEventListener("wenyuan:view", (event) => { if (event.detail === "corpus") refresh(); });
setTimeout(() => { if (document.documentElement.dataset.view === "corpus") refresh(); }, 0);
watch("value", () => {
  const first = element.querySelector(".staged");
  if (!first) return;
  if (document.getElementById("toast").textContent.startsWith("正在上传")) page.say("");
  first.focus({ preventScroll: false });
});
