// The conversation: kept for a reload, reopened from an address.
element.setAttribute("aria-live", "polite");
const restore = () => {
  let saved = [];
  try { saved = JSON.parse(page.kept("wenyuan-turns") || "[]"); } catch { /* not ours */ }
  const address = location.hash.startsWith("#q=") ? location.hash : "";
  if (address || saved.length) trigger("restore", { address, saved });
};
document.addEventListener("wenyuan:address", restore);
setTimeout(() => { page.takeUp(); restore(); }, 0); // after the page has wired its events
watch("value", () => {
  page.asking(false);
  const turns = [...element.querySelectorAll(".turn[data-link]")];
  if (!turns.length) return;
  page.keep("wenyuan-turns", JSON.stringify(turns.map((one) => one.dataset.link).reverse()));
  const newest = element.querySelector(".turn.newest[data-link]");
  const here = location.hash.slice(1);
  if (newest && !here.startsWith(newest.dataset.link) && document.documentElement.dataset.view === "ask") {
    page.keep("wenyuan-address", newest.dataset.link);
    page.address(newest.dataset.link);
  }
});
