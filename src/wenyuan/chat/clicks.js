// One listener per part of the page; what a button asks for stands in its data attributes.
const page = window.wenyuan;
element.addEventListener("click", (event) => {
  const button = event.target.closest("button, summary");
  if (!button || !element.contains(button) || button.tagName === "SUMMARY") return;
  const data = button.dataset;
  if ("ask" in data) {
    page.asking(true);
    trigger("ask", { question: data.ask });
  } else if ("copy" in data) {
    page.copy(data.copy, "已复制回答和出处。");
  } else if ("copyLink" in data) {
    const turn = button.closest("[data-link]");
    page.copy(location.href.split("#")[0] + "#" + turn.dataset.link, "已复制链接，打开它会回到这个回答。");
  } else if ("why" in data) {
    page.keep("wenyuan-why", data.why);
    page.address("/why");
    page.show("why");
  } else if ("export" in data) {
    trigger("export", { format: data.export });
  } else if ("back" in data) {
    page.panel(false);
    const from = document.querySelector("#answers [aria-current]");
    if (from) from.focus({ preventScroll: false });
  } else if ("shelf" in data) {
    trigger("open", {});
  } else if ("turn" in data || "source" in data) {
    const click = { raw: data.raw === "1" };
    if ("source" in data) click.source = data.source;
    if ("turn" in data) {
      click.turn = Number(data.turn);
      click.number = Number(data.number);
      document.querySelectorAll("#answers [aria-current]").forEach((one) => one.removeAttribute("aria-current"));
      document
        .querySelectorAll(`#answers [data-turn="${data.turn}"][data-number="${data.number}"]`)
        .forEach((one) => one.setAttribute("aria-current", "true"));
      const turn = document.querySelector(`#answers .turn[data-turn="${data.turn}"]`);
      if (turn) {
        const address = `${turn.dataset.link}&n=${click.number}`;
        page.keep("wenyuan-address", address);
        page.address(address);
      }
    }
    trigger("open", click);
  }
});
element.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  if ("revise" in form.dataset) {
    page.asking(true);
    trigger("revise", { turn: Number(form.dataset.revise), text: form.elements.text.value });
  } else if ("feedback" in form.dataset) {
    trigger("feedback", {
      turn: Number(form.dataset.feedback),
      fault: event.submitter ? event.submitter.value : "answer",
      right: form.elements.right.value,
      note: form.elements.note.value,
    });
    form.reset();
    form.closest("details").open = false;
  }
});
