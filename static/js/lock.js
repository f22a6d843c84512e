// 快速锁屏: the button or Esc twice hides the page at once, here and in the other tabs, and shuts the session.
(function () {
  "use strict";
  var GAP_MS = 600;
  var form = document.getElementById("lock");
  if (!form) return;
  var root = document.documentElement;
  var tabs = window.BroadcastChannel ? new BroadcastChannel("qingting-lock") : null;
  var last = -GAP_MS;

  function hide(hidden) {
    root.classList.toggle("q-hidden", hidden);
  }

  // the form stays hidden when the browser brings this page back: it was hidden before it was left
  form.addEventListener("submit", function () {
    hide(true);
    if (tabs) tabs.postMessage("locked");
  });

  document.addEventListener("keydown", function (event) {
    // Esc that ends the choice of a Chinese character, or closes a panel, is not meant for us
    if (event.key !== "Escape" || event.isComposing || event.repeat || document.querySelector("dialog[open]")) return;
    if (event.timeStamp - last < GAP_MS) form.requestSubmit();
    last = event.timeStamp;
  });

  if (!tabs) return;
  tabs.addEventListener("message", function (event) {
    hide(event.data === "locked");
  });
  tabs.postMessage("open"); // this page has been answered, so the session is open
})();
