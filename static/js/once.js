// Forms marked data-once are sent once, however often the button is pressed.
(function () {
  "use strict";
  var WAIT_MS = 8000; // a download leaves the page standing: then the form opens again

  function buttons(form) {
    return Array.prototype.filter.call(form.elements, function (field) {
      return field.tagName === "BUTTON" && field.type === "submit";
    });
  }

  function open(form) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
    buttons(form).forEach(function (button) {
      button.removeAttribute("aria-disabled");
    });
  }

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented || !form.hasAttribute("data-once")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    form.setAttribute("aria-busy", "true");
    // aria-disabled rather than disabled: the pressed button's name and value still travel with the form
    buttons(form).forEach(function (button) {
      button.setAttribute("aria-disabled", "true");
    });
    window.setTimeout(open, WAIT_MS, form);
  });

  // back from the browser's cache: the page is as it was left, so let it be sent again
  window.addEventListener("pageshow", function (event) {
    if (!event.persisted) return;
    Array.prototype.forEach.call(document.querySelectorAll("form[data-sent]"), open);
  });
})();
