// A link with data-panel opens the main part of its page at the right side, at a desk; elsewhere it is a plain link.
(function () {
  "use strict";
  var wide = window.matchMedia("(min-width: 900px)");
  if (!window.fetch || !window.HTMLDialogElement) return;

  function closeButton(dialog) {
    var button = document.createElement("button");
    var use = document.querySelector(".q-top use");
    button.type = "button";
    button.className = "q-panel-x";
    button.setAttribute("aria-label", "关闭");
    if (use) {
      var icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      var part = document.createElementNS("http://www.w3.org/2000/svg", "use");
      icon.setAttribute("class", "q-i");
      icon.setAttribute("aria-hidden", "true");
      part.setAttribute("href", use.getAttribute("href").split("#")[0] + "#x");
      icon.appendChild(part);
      button.appendChild(icon);
    } else {
      button.textContent = "×";
    }
    button.addEventListener("click", function () {
      dialog.close();
    });
    return button;
  }

  // the page keeps one h1: the heading of the panel steps down
  function headingOf(body) {
    var h1 = body.querySelector("h1");
    if (!h1) return "";
    var h2 = document.createElement("h2");
    while (h1.firstChild) h2.appendChild(h1.firstChild);
    h1.replaceWith(h2);
    return h2.textContent.trim();
  }

  function fill(dialog, page, url) {
    var body = document.createElement("div");
    var main = page.getElementById("main");
    var bar = page.querySelector(".q-bar");
    body.className = "q-panel-in";
    body.tabIndex = -1;
    while (main.firstChild) body.appendChild(document.adoptNode(main.firstChild));
    dialog.setAttribute("aria-label", headingOf(body));
    dialog.appendChild(closeButton(dialog));
    dialog.appendChild(body);
    if (bar && !body.contains(bar)) dialog.appendChild(document.adoptNode(bar));
    dialog.querySelectorAll("form:not([action])").forEach(function (form) {
      form.setAttribute("action", url);
    });
    body.focus({ preventScroll: true });
  }

  function show(link) {
    fetch(link.href, { credentials: "same-origin" })
      .then(function (answer) {
        if (!answer.ok || answer.redirected) throw new Error("not here");
        return answer.text();
      })
      .then(function (text) {
        var page = new DOMParser().parseFromString(text, "text/html");
        if (!page.getElementById("main")) throw new Error("not here");
        var dialog = document.createElement("dialog");
        dialog.className = "q-panel";
        dialog.addEventListener("click", function (event) {
          if (event.target === dialog) dialog.close();
        });
        dialog.addEventListener("close", function () {
          dialog.remove();
          link.focus();
        });
        document.body.appendChild(dialog);
        dialog.showModal();
        fill(dialog, page, link.href);
      })
      .catch(function () {
        window.location.assign(link.href);
      });
  }

  document.addEventListener("click", function (event) {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    var link = event.target.closest("a[data-panel]");
    if (!link || !wide.matches || link.closest("dialog")) return;
    event.preventDefault();
    show(link);
  });
})();
