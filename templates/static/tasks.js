/* The list of tasks: what was picked is counted; new tasks are told as they come, and shown at once where nothing is at hand. */
(function () {
  "use strict";

  function all(query) { return Array.prototype.slice.call(document.querySelectorAll(query)); }

  function count() {
    all("[data-picking]").forEach(function (form) {
      var n = form.querySelectorAll("input[name=pick]:checked").length;
      var told = form.querySelector("[data-picked]");
      if (told) told.textContent = n ? "已选 " + n + " 项" : told.getAttribute("data-none") || told.textContent;
      form.querySelectorAll(".together").forEach(function (bar) { bar.classList.toggle("on", n > 0); });
      form.querySelectorAll(".together button").forEach(function (button) { button.disabled = n === 0; });
    });
  }

  function prepare() {
    all("[data-picked]").forEach(function (told) {
      if (!told.hasAttribute("data-none")) told.setAttribute("data-none", told.textContent);
    });
    count();
  }

  document.addEventListener("change", function (event) {
    var box = event.target;
    if (box.matches("[data-pick-all]")) {
      box.form.querySelectorAll("input[name=pick]").forEach(function (one) { one.checked = box.checked; });
    }
    if (box.matches("[data-pick-all], input[name=pick]")) count();
  });

  function listen(bar) {
    var came = {}, source = new EventSource(bar.getAttribute("data-inbox"));

    function numbers() { return Object.keys(came); }

    function busy() {
      var at = document.activeElement;
      return document.querySelector("#book input[name=pick]:checked") !== null
        || (at !== null && at !== document.body && at.closest("#book, #own") !== null);
    }

    function tell(shown) {
      bar.hidden = numbers().length === 0;
      bar.querySelector("[data-news]").textContent = "有 " + numbers().length + " 项新任务" + (shown ? "，已列入" : "");
      bar.querySelector("[data-refresh]").hidden = shown;
    }

    source.addEventListener("message", function (event) {
      var link = JSON.parse(event.data).link || "", found = /^\/tasks\/(T\d+)$/.exec(link);
      if (!found) return;
      came[found[1]] = true;
      tell(false);
      if (!busy()) bar.querySelector("[data-refresh]").click();
    });

    document.body.addEventListener("htmx:afterSwap", function () {
      var seen = 0;
      numbers().forEach(function (number) {
        var row = document.querySelector('tr[data-task="' + number + '"]');
        if (row) { row.classList.add("fresh"); seen += 1; }
      });
      if (seen) tell(true);
    });
    window.addEventListener("pagehide", function () { source.close(); });
  }

  document.addEventListener("DOMContentLoaded", function () {
    prepare();
    document.body.addEventListener("htmx:afterSwap", prepare);
    var bar = document.querySelector("[data-inbox]");
    if (bar && window.EventSource) listen(bar);
  });
})();
