// Files and messages that the server hands out: a file is saved, a message is said.
watch("value", () => {
  const box = element.querySelector("[data-message], [data-file], [data-go]");
  if (!box) return;
  if (box.dataset.file) {
    const bytes = Uint8Array.from(atob(box.dataset.file), (one) => one.charCodeAt(0));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([bytes], { type: box.dataset.type }));
    link.download = box.dataset.name;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }
  if (box.dataset.go) {
    window.wenyuan.keep("wenyuan-why", box.dataset.turn);
    window.wenyuan.address(`/${box.dataset.go}`);
    window.wenyuan.show(box.dataset.go);
  }
  if (box.dataset.message) window.wenyuan.say(box.dataset.message);
});
