// After each new article: bring the marked sentence into view, and on a click take the reader there.
watch("value", () => {
  const reader = element.querySelector(".reader");
  if (!reader) return;
  const follow = reader.hasAttribute("data-follow");
  const mark = reader.querySelector("mark.on");
  const panel = document.getElementById("reader");
  const scrolls = panel.scrollHeight > panel.clientHeight + 1 && getComputedStyle(panel).overflowY !== "visible";
  if (scrolls) {
    const box = mark && mark.getBoundingClientRect();
    const top = mark ? panel.scrollTop + box.top - panel.getBoundingClientRect().top - panel.clientHeight / 3 : 0;
    panel.scrollTo({ top });
  } else if (follow) {
    (mark || reader).scrollIntoView({ block: mark ? "center" : "start" });
  }
  if (follow && mark) mark.focus({ preventScroll: true });
});
