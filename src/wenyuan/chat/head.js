// What all views share: which one is open, light or dark, the address that reopens an answer, and what a click copies.
document.documentElement.lang = "zh-CN";
window.wenyuan = (() => {
  const VIEWS = { ask: "问答", why: "为什么是这段", corpus: "语料", eval: "评测" };
  const root = document.documentElement;
  const stored = (kind, name) => {
    try { return kind.getItem(name); } catch { return null; } // a browser may refuse to keep anything
  };
  const keep = (kind, name, value) => {
    try { kind.setItem(name, value); } catch { /* then it is not kept */ }
  };
  const viewOf = (hash) => (hash.startsWith("#/") && hash.slice(2) in VIEWS ? hash.slice(2) : "ask");
  root.dataset.view = viewOf(location.hash);

  const me = {
    keep: (name, value) => keep(sessionStorage, name, value),
    kept: (name) => stored(sessionStorage, name),
    /** Opens a view; listeners hear "wenyuan:view". */
    show(view) {
      root.dataset.view = view;
      document.querySelectorAll("[data-nav]").forEach((one) => {
        if (one.dataset.nav === view) one.setAttribute("aria-current", "page");
        else one.removeAttribute("aria-current");
      });
      document.title = view === "ask" ? "问源" : `${VIEWS[view]} · 问源`;
      me.cover();
      document.dispatchEvent(new CustomEvent("wenyuan:view", { detail: view }));
    },
    /** Puts an address into the bar without adding to the history. */
    address(hash) {
      history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
    },
    say(message) {
      const toast = document.getElementById("toast");
      if (!toast) return;
      toast.textContent = message;
      toast.classList.add("on");
      clearTimeout(me.timer);
      me.timer = setTimeout(() => toast.classList.remove("on"), 4000);
    },
    async copy(text, done) {
      try {
        await navigator.clipboard.writeText(text);
      } catch { // not a secure context, or not allowed: the old way
        const box = document.createElement("textarea");
        box.value = text;
        box.style.cssText = "position:fixed;opacity:0";
        document.body.append(box);
        box.select();
        document.execCommand("copy");
        box.remove();
      }
      me.say(done);
    },
    /** Everything the page shows while it looks for an answer. */
    asking(on) {
      root.classList.toggle("asking", on);
      const answers = document.getElementById("answers");
      if (answers) answers.setAttribute("aria-busy", String(on));
    },
    /** Writes into the question box, unless it holds anything but ``instead``. */
    write(text, instead = "") {
      const box = document.querySelector("#question textarea");
      if (!box || box.value !== instead) return;
      box.value = text;
      box.dispatchEvent(new Event("input", { bubbles: true }));
    },
    /** Gradio has taken the question out of the box: what is typed from here on is the next one. */
    taken(text) {
      me.write("", text);
      me.keep("wenyuan-draft", "");
    },
    /** Gives a question that was not answered back to whoever asked it. */
    giveBack() {
      if (me.asked) me.write(me.asked);
      me.settled();
    },
    /** The question is answered, or given back. */
    settled() {
      me.asked = "";
      me.keep("wenyuan-asked", "");
    },
    /** After a reload, also one that Gradio makes when the line was cut: what was being asked or typed stands in the box again. */
    takeUp() {
      me.write(me.kept("wenyuan-asked") || me.kept("wenyuan-draft") || "");
      me.settled();
    },
    panel(on) {
      root.classList.toggle("reading-open", on);
      me.cover();
    },
    /** On a phone the article lies over the rest, which then cannot be reached by keyboard or by a screen reader either. */
    cover() {
      const covered = root.classList.contains("reading-open") && root.dataset.view === "ask" && me.narrow();
      document.querySelectorAll("#masthead, #asking").forEach((one) => { one.inert = covered; });
    },
    narrow: () => matchMedia("(max-width: 900px)").matches,
  };

  const dark = stored(localStorage, "wenyuan-theme");
  const applyTheme = () => {
    const wanted = stored(localStorage, "wenyuan-theme");
    if (wanted && document.body) document.body.classList.toggle("dark", wanted === "dark");
  };
  if (dark) {
    // Gradio sets the class of the system's scheme while it starts; what the reader chose wins.
    const watch = () => new MutationObserver(() => {
      const wanted = stored(localStorage, "wenyuan-theme");
      if (wanted && document.body.classList.contains("dark") !== (wanted === "dark")) applyTheme();
    }).observe(document.body, { attributes: true, attributeFilter: ["class"] });
    const begin = () => { applyTheme(); watch(); };
    if (document.body) begin();
    else document.addEventListener("DOMContentLoaded", begin);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-nav], [data-theme-toggle], #fresh, #stop, a.out");
    if (!button) return;
    if (button.matches("a.out")) {
      try { sessionStorage.clear(); } catch { /* nothing was kept */ } // the next person's conversation is their own
    } else if (button.id === "fresh") {
      me.keep("wenyuan-turns", "[]");
      me.address("");
    } else if (button.id === "stop") {
      me.asking(false);
      me.giveBack();
      me.say("已停止。问题还在输入框里，可以改了再问。");
    } else if ("themeToggle" in button.dataset) {
      const on = !document.body.classList.contains("dark");
      keep(localStorage, "wenyuan-theme", on ? "dark" : "light");
      document.body.classList.toggle("dark", on);
    } else {
      const view = button.dataset.nav;
      if (view === "ask") me.address(me.kept("wenyuan-address") || "");
      else me.address(`/${view}`);
      me.show(view);
    }
  });
  // What Gradio itself has to say is written into it in English.
  const SAID = {
    Error: "出错了",
    Warning: "请留意",
    "Connection to the server was lost. Attempting reconnection...": "与服务器的连接断了，正在重连。对话和问题都会留着。",
    "Connection errored out.": "连接断了，请再试一次。",
  };
  const translate = () => document.querySelectorAll(".toast-title, .toast-text").forEach((one) => {
    const said = SAID[one.textContent.trim()];
    const walker = said && document.createTreeWalker(one, NodeFilter.SHOW_TEXT);
    while (walker && walker.nextNode()) {
      if (SAID[walker.currentNode.nodeValue.trim()]) walker.currentNode.nodeValue = said;
    }
  });
  const listen = () => new MutationObserver(() => { if (document.querySelector(".toast-body")) translate(); })
    .observe(document.body, { childList: true, subtree: true });
  if (document.body) listen();
  else document.addEventListener("DOMContentLoaded", listen);

  const starts = (event) => {
    const box = event.target.closest && event.target.closest("#question");
    if (!box) return;
    const enter = event.type === "keydown" && event.key === "Enter" && !event.shiftKey && !event.isComposing;
    const button = event.type === "click" && event.target.closest("button.submit-button");
    const text = box.querySelector("textarea");
    if (!(enter || button) || !text || !text.value.trim()) return;
    me.asked = text.value;
    me.keep("wenyuan-asked", text.value);
    me.asking(true);
  };
  document.addEventListener("input", (event) => {
    if (event.target.closest && event.target.closest("#question")) me.keep("wenyuan-draft", event.target.value);
  });
  document.addEventListener("keydown", starts, true);
  document.addEventListener("click", starts, true);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && root.classList.contains("reading-open")) {
      me.panel(false);
      const from = document.querySelector("#answers [aria-current]");
      if (from) from.focus();
    } else if (event.key === "/" && !event.target.closest("input, textarea, select")) {
      const box = document.querySelector("#question textarea");
      if (box) { event.preventDefault(); me.show("ask"); box.focus(); }
    }
  });
  matchMedia("(max-width: 900px)").addEventListener("change", () => me.cover());
  window.addEventListener("hashchange", () => {
    me.show(viewOf(location.hash));
    if (location.hash.startsWith("#q=")) document.dispatchEvent(new CustomEvent("wenyuan:address"));
  });
  return me;
})();
