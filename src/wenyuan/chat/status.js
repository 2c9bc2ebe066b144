// The end of an asking, whatever it brought.
watch("value", () => {
  if (element.querySelector("[data-done]")) window.wenyuan.asking(false);
});
