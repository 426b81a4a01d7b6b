/* What every page needs: theme and colour pair remembered, the section in view marked. No inline handlers anywhere. */
(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("script");

  function remembered(key) {
    try { return window.localStorage.getItem(key); } catch (_error) { return null; }
  }

  function remember(key, value) {
    try { window.localStorage.setItem(key, value); } catch (_error) { /* private mode: the choice lasts for this page */ }
  }

  function isDark() {
    var chosen = root.getAttribute("data-theme");
    return chosen ? chosen === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
  }

  function announce() {
    document.dispatchEvent(new CustomEvent("heshi:theme"));
  }

  var theme = remembered("heshi-theme");
  if (theme === "dark" || theme === "light") root.setAttribute("data-theme", theme);

  function themeSwitch(button) {
    function name() { button.textContent = isDark() ? "浅色" : "深色"; }
    button.addEventListener("click", function () {
      var next = isDark() ? "light" : "dark";
      root.setAttribute("data-theme", next);
      remember("heshi-theme", next);
      name();
      announce();
    });
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function () { name(); announce(); });
    name();
  }

  function colourSwitch(box) {
    box.checked = remembered("heshi-safe-colours") === "1";
    box.addEventListener("change", function () {
      remember("heshi-safe-colours", box.checked ? "1" : "0");
      announce();
    });
  }

  function markSection(links) {
    var byId = {};
    links.forEach(function (link) { (byId[link.hash.slice(1)] = byId[link.hash.slice(1)] || []).push(link); });
    var seen = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        if (!entry.isIntersecting) return;
        links.forEach(function (link) { link.removeAttribute("aria-current"); });
        byId[entry.target.id].forEach(function (link) { link.setAttribute("aria-current", "true"); });
      });
    }, { rootMargin: "-15% 0px -75% 0px" });
    Object.keys(byId).forEach(function (id) {
      var target = document.getElementById(id);
      if (target) seen.observe(target);
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-theme-switch]").forEach(themeSwitch);
    var box = document.getElementById("safe-colours");
    if (box) colourSwitch(box);
    var links = Array.prototype.slice.call(document.querySelectorAll("[data-toc] a"));
    if (links.length) markSection(links);
    document.querySelectorAll("details[data-toc]").forEach(function (menu) {
      menu.addEventListener("click", function (event) { if (event.target.closest("a")) menu.open = false; });
    });
  });
})();
