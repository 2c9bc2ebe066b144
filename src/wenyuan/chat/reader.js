// After each new article: bring the marked sentence into view, and on a click take the reader there.
watch("value", () => {
  const reader = element.querySelector(".reader");
  if (!reader) return;
  const follow = reader.hasAttribute("data-follow");
  const mark = reader.querySelector("mark.on");
  const panel = document.getElementById("reader");
  if (follow || (page.narrow() && reader.classList.contains("shelf") && document.documentElement.classList.contains("reading-open"))) {
    page.panel(true);
  }
  const box = mark && mark.getBoundingClientRect();
  const top = mark ? panel.scrollTop + box.top - panel.getBoundingClientRect().top - panel.clientHeight / 3 : 0;
  panel.scrollTo({ top });
  if (follow && mark) mark.focus({ preventScroll: true });
});
