// 计时: remembers when the talk began, so that a locked screen or a reload loses nothing; fills in the minutes when stopped.
// The beginning is kept on this device only, by the number of the student whom the page is about.
(function () {
  "use strict";
  var MOST_MINUTES = 240; // what the form takes; a beginning further back was forgotten
  var button = document.querySelector("[data-timer]");
  if (!button) return;
  var key = "qingting-timer-" + button.dataset.timer;
  var label = button.querySelector("span");
  var words = label.textContent;
  var store;
  try {
    store = window.localStorage;
    store.getItem(key);
  } catch (_) {
    return; // no memory on this device: the button stays hidden
  }

  function begun() {
    var since = Number(store.getItem(key));
    var minutes = (Date.now() - since) / 60000;
    if (since && minutes >= 0 && minutes <= MOST_MINUTES) return since;
    store.removeItem(key);
    return 0;
  }

  function two(number) {
    return (number < 10 ? "0" : "") + number;
  }

  function show() {
    var since = begun();
    button.setAttribute("aria-pressed", since ? "true" : "false");
    if (!since) {
      label.textContent = words;
      return;
    }
    var seconds = Math.floor((Date.now() - since) / 1000);
    label.textContent = "停止 " + two(Math.floor(seconds / 60)) + ":" + two(seconds % 60);
  }

  function fill(minutes) {
    var other = document.getElementById(button.dataset.minutes);
    var chip = document.querySelector('input[name="minutes"][value="' + minutes + '"]');
    if (chip) chip.checked = true;
    other.value = chip ? "" : String(minutes);
  }

  function stop() {
    var since = begun();
    if (!since) return;
    fill(Math.max(1, Math.floor((Date.now() - since) / 60000)));
    store.removeItem(key);
    show();
  }

  button.addEventListener("click", function () {
    if (begun()) {
      stop();
    } else {
      store.setItem(key, String(Date.now()));
      show();
    }
  });
  // saved while it runs: the talk is over
  button.form.addEventListener("submit", stop);
  document.addEventListener("visibilitychange", show);
  window.addEventListener("pageshow", show);
  window.setInterval(show, 1000);
  button.hidden = false;
  show();
})();
