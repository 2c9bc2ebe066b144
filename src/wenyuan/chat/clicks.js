// One listener per part of the page; what a button asks for stands in its data attributes.
element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button || !element.contains(button)) return;
  const data = button.dataset;
  if ("ask" in data) {
    trigger("ask", { question: data.ask });
  } else if ("turn" in data) {
    document.querySelectorAll("#answers [aria-current]").forEach((one) => one.removeAttribute("aria-current"));
    document
      .querySelectorAll(`#answers [data-turn="${data.turn}"][data-number="${data.number}"]`)
      .forEach((one) => one.setAttribute("aria-current", "true"));
    trigger("open", { turn: Number(data.turn), number: Number(data.number) });
  } else if ("source" in data) {
    trigger("open", { source: data.source });
  } else if ("shelf" in data) {
    trigger("open", {});
  } else if ("back" in data) {
    document.getElementById("answers").scrollIntoView({ block: "start" });
  }
});
if (element.closest("#answers")) element.setAttribute("aria-live", "polite");
