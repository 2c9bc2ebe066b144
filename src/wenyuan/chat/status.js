// The end of an asking, whatever it brought.
watch("value", () => {
  if (!element.querySelector("[data-done]")) return;
  window.wenyuan.asking(false);
  if (document.querySelector("#answers .turn.trouble")) window.wenyuan.giveBack();
  else window.wenyuan.settled();
});
