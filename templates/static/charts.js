/* Draws each chart of the page when it comes near, or at once for paper: our colours from the page's tokens. */
(function () {
  "use strict";
  var NARROW = 560;
  var names = {};

  function colours() {
    var style = getComputedStyle(document.documentElement);
    var found = {};
    Object.keys(names).forEach(function (hex) { found[hex] = style.getPropertyValue("--" + names[hex]).trim(); });
    return found;
  }

  function painted(node, found) {
    if (typeof node === "string") return found[node] || node;
    if (Array.isArray(node)) {
      return typeof node[0] === "number" || Array.isArray(node[0]) ? node
        : node.map(function (item) { return painted(item, found); });
    }
    if (node && typeof node === "object") {
      var made = {};
      Object.keys(node).forEach(function (key) { made[key] = painted(node[key], found); });
      return made;
    }
    return node;
  }

  function optionFor(data, narrow) {
    return narrow ? Object.assign({}, data.option, data.narrow) : data.option;
  }

  /* Height of the chart, kept free before it is drawn so that nothing on the page moves. */
  function room(box, holder) {
    var height = Number(box.clientWidth < NARROW ? box.dataset.narrowHeight : box.dataset.height);
    holder.style.height = height + "px";
    return height;
  }

  function liven(box) {
    var data = JSON.parse(box.querySelector("script").textContent);
    var holder = box.querySelector(".live");
    var chart = null, width = 0;

    function draw() {
      var narrow = box.clientWidth < NARROW;
      width = box.clientWidth;
      var size = { width: width, height: room(box, holder) };
      if (chart) chart.dispose();
      chart = echarts.init(holder, null, Object.assign({ renderer: "svg" }, size));
      var font = getComputedStyle(document.body).fontFamily;
      var option = heshiFormat.revive(painted(optionFor(data, narrow), colours()));
      option.textStyle = Object.assign({}, option.textStyle, { fontFamily: font });
      chart.setOption(option);
      box.setAttribute("data-live", "yes");
    }

    draw();
    new ResizeObserver(function () { if (box.clientWidth && box.clientWidth !== width) draw(); }).observe(box);
    document.addEventListener("heshi:theme", draw);
  }

  document.addEventListener("DOMContentLoaded", function () {
    var palette = document.getElementById("palette");
    if (!palette || typeof echarts === "undefined") return;
    names = JSON.parse(palette.textContent);
    var waiting = new Set(document.querySelectorAll("[data-chart]"));
    var near = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) { if (entry.isIntersecting) show(entry.target); });
    }, { rootMargin: "400px" });

    function show(box) {
      if (!waiting.delete(box)) return;
      near.unobserve(box);
      liven(box);
    }

    waiting.forEach(function (box) {
      var holder = document.createElement("div");
      holder.className = "live";
      box.appendChild(holder);
      room(box, holder);
      near.observe(box);
    });
    window.addEventListener("beforeprint", function () { waiting.forEach(show); });
  });
})();
