// What is typed into a form marked data-q-draft is kept at that address, sealed, for its owner alone: about two seconds
// after the last key, and when the page is left. Saving goes through once the words are safe there; until then it waits
// and tries again with the same number. Nothing is kept in this browser.
(function () {
  "use strict";
  var PAUSE_MS = 2000;
  var LONGEST_MS = 30000; // between two tries
  var PATIENCE_MS = 12000; // for one answer
  var LEAVING_MS = 8000; // as once.js: a page that is still there by then can be sent again
  var SKIPPED = /^(csrfmiddlewaretoken$|draft_tab$|note_tab$|again-)/;
  var KEY = /^(request_key|form_key)$/; // the number under which a form is saved once

  if (!window.fetch || !window.FormData || !window.Promise || !window.AbortController) return;

  function number() {
    var bytes = window.crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    var hex = Array.prototype.map.call(bytes, function (one) {
      return (one + 256).toString(16).slice(1);
    });
    return hex.join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  function make(tag, className, text) {
    var made = document.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  }

  function button(text, main, action) {
    var made = make("button", "q-btn" + (main ? " q-btn-main" : ""), text);
    made.type = "button";
    made.addEventListener("click", action);
    return made;
  }

  function attend(form) {
    var address = form.dataset.qDraft;
    var line = make("p", "q-draft");
    var box = null;
    var tab = number();
    var edition = 0;
    var turn = 0;
    var freshKey = false;
    var kept = ""; // what the server has, as it was sent
    var dirty = false;
    var failed = 0;
    var busy = null;
    var timer = 0;
    var pressed = null; // waits to be saved: the button, or true
    var leaving = false;
    var asking = false; // a choice between two texts is open
    line.setAttribute("role", "status");

    function areas() {
      return Array.prototype.filter.call(form.elements, function (field) {
        return field.tagName === "TEXTAREA" && field.name;
      });
    }

    function fields() {
      var found = [];
      new FormData(form).forEach(function (value, name) {
        if (typeof value === "string" && !SKIPPED.test(name)) found.push([name, value]);
      });
      return found;
    }

    function names() {
      return areas().map(function (area) {
        return area.name;
      });
    }

    function wordsOf(pairs, named) {
      return pairs.filter(function (pair) {
        return named.indexOf(pair[0]) >= 0 && pair[1].trim();
      });
    }

    function sameWords(one, other, named) {
      function flat(pairs) {
        return JSON.stringify(
          wordsOf(pairs, named).map(function (pair) {
            return [pair[0], pair[1].replace(/\r\n/g, "\n").trim()];
          })
        );
      }
      return flat(one) === flat(other);
    }

    var begun = fields();

    function say(text, waits, link, url) {
      line.className = "q-draft" + (waits ? " q-draft-wait" : "");
      line.textContent = text;
      if (link) {
        var made = make("a", "", link);
        made.href = url;
        made.target = "_blank";
        line.appendChild(made);
      }
      if (!line.isConnected) below(areas()[0]);
    }

    function below(area) {
      if (area && area.nextSibling !== line) area.insertAdjacentElement("afterend", line);
    }

    function show(made) {
      if (box) box.remove();
      box = made;
      if (made) {
        form.insertBefore(made, form.firstChild);
        made.scrollIntoView({ block: "nearest" });
      }
    }

    function boxOf(title, text, buttons, more) {
      var made = make("section", "q-draft-box");
      made.setAttribute("role", "alert");
      if (title) made.appendChild(make("h2", "", title));
      made.appendChild(make("p", "", text));
      if (more) made.appendChild(more);
      var acts = make("div", "q-draft-acts");
      buttons.forEach(function (one) {
        acts.appendChild(one);
      });
      made.appendChild(acts);
      return made;
    }

    // asked of the server: {status, said}; said is null where a page answers, because one has to sign in again
    function ask(method, body, last) {
      var stop = new AbortController();
      var wait = last ? 0 : window.setTimeout(stop.abort.bind(stop), PATIENCE_MS);
      var token = form.elements.csrfmiddlewaretoken;
      var headers = { "Q-Owner": form.dataset.qOwner, "X-CSRFToken": token ? token.value : "" };
      var options = { method: method, headers: headers, credentials: "same-origin", cache: "no-store" };
      if (body) {
        headers["Content-Type"] = "application/json";
        options.body = body;
      }
      if (last) options.keepalive = true;
      else options.signal = stop.signal;
      return fetch(address, options).then(function (answer) {
        var json = (answer.headers.get("Content-Type") || "").indexOf("application/json") === 0;
        return (json ? answer.json() : Promise.resolve(null)).then(function (said) {
          window.clearTimeout(wait);
          if (answer.status >= 500) throw new Error("later");
          return { status: answer.status, said: said };
        });
      });
    }

    function message(pairs, named) {
      turn += 1;
      return JSON.stringify({
        tab: tab,
        turn: turn,
        edition: edition,
        fresh_key: freshKey,
        fields: pairs,
        words: named,
      });
    }

    // somebody signed in again in another tab: the old token is worth nothing, a new one is asked for
    function renewed() {
      return ask("GET").then(function (answer) {
        if (!answer.said || !answer.said.token) return false;
        document.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach(function (input) {
          input.value = answer.said.token;
        });
        return true;
      });
    }

    function send(pairs, again) {
      return ask("POST", message(pairs, names())).then(function (answer) {
        if (answer.status === 403 && !again)
          return renewed().then(function (fresh) {
            return fresh ? send(pairs, true) : answer;
          });
        return answer;
      });
    }

    // "kept", "closed" or "gone" (sign in again), "later" (no answer), "asked" (two texts), "refused"
    function keep() {
      if (busy) return busy.then(keep);
      window.clearTimeout(timer);
      var pairs = fields();
      busy = send(pairs)
        .then(function (answer) {
          busy = null;
          failed = 0;
          return heard(answer, pairs);
        })
        .catch(function () {
          busy = null;
          failed += 1;
          say("未保存，正在重试", true);
          later();
          return "later";
        });
      return busy;
    }

    function heard(answer, pairs) {
      var said = answer.said;
      if (!said) {
        say("已退出登录，这里的字还在。", true, "重新登录", "/accounts/login/");
        // the closed session asks in place and takes what is sent along; where it is gone already, nothing may be sent
        return answer.status === 422 ? "closed" : "gone";
      }
      if (answer.status === 200) {
        edition = said.edition;
        freshKey = false;
        kept = JSON.stringify(pairs);
        dirty = JSON.stringify(fields()) !== kept;
        if (edition) say("草稿已保存 " + said.when);
        else line.textContent = "";
        return "kept";
      }
      if (said.elsewhere || said.gone) {
        pressed = null;
        if (said.elsewhere) two(said);
        else gone();
        return "asked";
      }
      if (said.someone_else) {
        say("现在登录的是另一位，没有保存。请先换回来。", true);
        pressed = null;
        return "asked";
      }
      say("内容太长，草稿没有保存", true);
      return "refused";
    }

    function later() {
      window.clearTimeout(timer);
      timer = window.setTimeout(pressed ? press : keep, Math.min(PAUSE_MS * Math.pow(2, failed - 1), LONGEST_MS));
    }

    function newKey() {
      Array.prototype.forEach.call(form.elements, function (field) {
        if (KEY.test(field.name)) field.value = number();
      });
      freshKey = true;
    }

    // two pages of the same person: both texts, and a choice
    function two(said) {
      asking = true;
      var more = make("div", "q-draft-two");
      var here = make("div");
      here.appendChild(make("b", "", "这里的"));
      here.appendChild(make("p", "", text(fields(), names())));
      more.appendChild(here);
      var buttons = [];
      if (said.fields) {
        var there = make("div");
        there.appendChild(make("b", "", "另一处的 " + said.when));
        there.appendChild(make("p", "", text(said.fields, said.words)));
        more.appendChild(there);
        buttons.push(
          button("用这里的", true, function () {
            choose(said);
            newKey();
            dirty = true;
            keep();
          }),
          button("用另一处的", false, function () {
            choose(said);
            fill(said.fields, said.words, said.key_used);
            keep();
          })
        );
      } else {
        buttons.push(
          button("看另一处的", true, function () {
            ask("GET").then(function (answer) {
              if (answer.said && answer.said.edition) two(answer.said);
            });
          })
        );
      }
      var why = said.key_used ? "另一处已经保存了一份，这里的还没有。" : "两处写的都还在，选一稿接着写。";
      if (!said.fields) why += "确认是您本人，就能看到另一处的：先在新的一页确认，再回来点一下。";
      var made = boxOf("另一处也在写", why, buttons, more);
      if (!said.fields) {
        var link = make("a", "q-btn", "确认是我本人");
        link.href = "/accounts/confirm/";
        link.target = "_blank";
        made.lastChild.appendChild(link);
      }
      show(made);
      say("另一处也在写，这里的还没有保存", true);
    }

    function choose(said) {
      asking = false;
      edition = said.edition;
      show(null);
    }

    function text(pairs, named) {
      return wordsOf(pairs, named)
        .map(function (pair) {
          return pair[1];
        })
        .join("\n\n");
    }

    function gone() {
      asking = true;
      var buttons = [
        button("另存一份", true, function () {
          asking = false;
          edition = 0;
          newKey();
          show(null);
          keep();
        }),
        button("不要这里的", false, function () {
          leaving = true;
          window.location.reload();
        }),
      ];
      show(boxOf("", "这份内容已在另一处保存或放弃。这里的字还在。", buttons));
      say("这里的还没有保存", true);
    }

    // put back what was typed, field by field; words that have no field any more are shown
    function fill(pairs, named, keyUsed) {
      var left = pairs.slice();
      function take(name) {
        for (var i = 0; i < left.length; i += 1) if (left[i][0] === name) return left.splice(i, 1)[0][1];
        return null;
      }
      function has(name, value) {
        return pairs.some(function (pair) {
          return pair[0] === name && pair[1] === value;
        });
      }
      Array.prototype.forEach.call(form.elements, function (field) {
        if (!field.name || SKIPPED.test(field.name) || field.type === "submit" || field.type === "button") return;
        if (field.type === "checkbox" || field.type === "radio") {
          field.checked = has(field.name, field.value);
          return;
        }
        var value = take(field.name);
        if (value === null || (keyUsed && KEY.test(field.name))) return;
        field.value = value;
        var fold = field.closest("details");
        if (fold && field.tagName === "TEXTAREA" && value.trim()) fold.open = true;
      });
      freshKey = Boolean(keyUsed);
      return text(left, named);
    }

    function discard() {
      ask("POST", message([], []))
        .then(function () {
          leaving = true;
          window.location.reload();
        })
        .catch(function () {
          say("没有放弃成，请再点一次", true);
        });
    }

    function restore(said) {
      if (!said || !said.edition) return;
      if (said.closed || said.damaged) {
        var closed = said.damaged
          ? boxOf("", "有一份 " + said.when + " 未保存完的内容，现在打不开，原样留着。请告诉学校的管理员。", [])
          : boxOf("", "有一份 " + said.when + " 未保存完的内容。确认是您本人，就放回这里。", []);
        if (said.closed) {
          var link = make("a", "q-btn q-btn-main", "确认是我本人");
          link.href = "/accounts/confirm/?next=" + encodeURIComponent(window.location.pathname + window.location.search);
          closed.lastChild.appendChild(link);
        }
        show(closed);
        return;
      }
      if (dirty || form.hasAttribute("data-q-typed")) {
        // what stands in the page was typed later, or came back with the refused form
        var own = said.tab === form.dataset.qTyped || sameWords(fields(), said.fields, said.words);
        if (own) edition = said.edition;
        else two(said);
        return;
      }
      edition = said.edition;
      var lost = fill(said.fields, said.words, said.key_used);
      kept = JSON.stringify(fields());
      var more = lost ? make("p", "q-pre", "没有放回去的：\n" + lost) : null;
      show(
        boxOf("", "这是 " + said.when + " 未保存完的内容。", [button("放弃草稿", false, discard)], more)
      );
      box.setAttribute("role", "status");
    }

    function changed(event) {
      if (event.target.tagName === "TEXTAREA") below(event.target);
      dirty = JSON.stringify(fields()) !== kept;
      if (!dirty || asking) return;
      if (!edition && sameWords(fields(), begun, names())) return; // only chips so far: nothing is lost with them
      window.clearTimeout(timer);
      timer = window.setTimeout(keep, PAUSE_MS);
    }

    function press() {
      keep().then(function (how) {
        if (how === "gone") pressed = null;
        if (!pressed || how === "later" || how === "asked") return;
        go(pressed);
      });
    }

    function go(by) {
      pressed = null;
      leaving = true;
      form.querySelectorAll("input[name=draft_tab]").forEach(function (old) {
        old.remove();
      });
      if (edition) {
        var mark = make("input");
        mark.type = "hidden";
        mark.name = "draft_tab";
        mark.value = tab;
        form.appendChild(mark);
      }
      if (by === true) form.requestSubmit();
      else form.requestSubmit(by);
      window.setTimeout(function () {
        leaving = false;
      }, LEAVING_MS);
    }

    form.addEventListener("input", changed);
    form.addEventListener("change", changed);
    form.addEventListener("submit", function (event) {
      if (leaving || !form.requestSubmit) return;
      event.preventDefault();
      if (asking) {
        box.scrollIntoView({ block: "center" });
        return;
      }
      if (pressed) return;
      pressed = event.submitter || true;
      press();
    });

    function atOnce() {
      if (!dirty || leaving || asking || busy || sameWords(fields(), begun, names())) return;
      keep();
    }

    window.addEventListener("online", function () {
      if (pressed) press();
      else atOnce();
    });
    document.addEventListener("visibilitychange", function () {
      atOnce();
    });
    window.addEventListener("pagehide", function () {
      if (!dirty || leaving || asking || (!edition && sameWords(fields(), begun, names()))) return;
      ask("POST", message(fields(), names()), true).catch(function () {});
    });
    window.addEventListener("beforeunload", function (event) {
      if (failed && dirty && !leaving) event.preventDefault();
    });

    ask("GET")
      .then(function (answer) {
        restore(answer.said);
      })
      .catch(function () {}); // asked again by the first thing that is typed
  }

  document.querySelectorAll("form[data-q-draft]").forEach(attend);
})();
