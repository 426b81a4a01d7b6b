/* What a chart option cannot say as data: formatters named by strings ("fn:percent:0").
   The same file runs in the page and in the server-side drawing of SVG, so both show the same text. */
var heshiFormat = (function () {
  "use strict";
  var MINUS = "−";

  function fixed(value, digits) {
    var text = Math.abs(value).toFixed(digits);
    if (digits === 0) text = text.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
    return (value < 0 && Number(text.replace(/,/g, "")) !== 0 ? MINUS : "") + text;
  }

  function sign(value, text) {
    return value > 0 ? "+" + text : text;
  }

  var makers = {
    number: function (digits) {
      return function (value) { return fixed(value, digits); };
    },
    percent: function (digits) {
      return function (value) { return fixed(value * 100, digits) + "%"; };
    },
    wan: function (digits) {
      return function (value) { return value === 0 ? "0" : fixed(value / 1e4, digits) + " 万"; };
    },
    yi: function (digits) {
      return function (value) { return value === 0 ? "0" : fixed(value / 1e8, digits) + " 亿"; };
    },
    ticks: function (_digits, extra) {
      return function (value) { return extra.ticks[String(value)] || ""; };
    },
    cell: function (digits) {
      return function (item) { return sign(item.value[2], fixed(item.value[2] * 100, digits)); };
    },
    tip: function (_digits, extra) {
      return function (items) {
        var list = Array.isArray(items) ? items : [items];
        var rows = list.filter(function (item) { return extra.tips[item.seriesIndex]; }).map(function (item) {
          return row(item.color, extra.tips[item.seriesIndex].name, tipText(item, extra));
        });
        return rows.length ? head(list[0], extra) + rows.join("") : "";
      };
    }
  };

  function tipText(item, extra) {
    var tip = extra.tips[item.seriesIndex];
    if (tip.texts) return tip.texts[item.dataIndex];
    var value = Array.isArray(item.value) ? item.value[item.value.length - 1] : item.value;
    if (value === null || value === undefined || value === "-") return "—";
    var text = makers[tip.format || "number"](tip.digits === undefined ? 2 : tip.digits)(value);
    return tip.signed ? sign(value, text) : text;
  }

  function escape(text) {
    return String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
  }

  function head(item, extra) {
    var text = extra.x ? extra.x[item.value[0]] : extra.heads ? extra.heads[item.dataIndex] : item.name;
    return '<div class="tip-head">' + escape(text) + "</div>";
  }

  function row(_color, name, text) {
    return '<div class="tip-row"><span>' + escape(name) + "</span><b>" + escape(text) + "</b></div>";
  }

  function revive(node, extra) {
    if (typeof node === "string") {
      if (node.slice(0, 3) !== "fn:") return node;
      var parts = node.split(":");
      return makers[parts[1]](Number(parts[2] || 0), extra);
    }
    if (Array.isArray(node)) {
      if (typeof node[0] === "number" || Array.isArray(node[0])) return node;
      return node.map(function (item) { return revive(item, extra); });
    }
    if (node && typeof node === "object") {
      var made = {};
      Object.keys(node).forEach(function (key) { made[key] = revive(node[key], extra); });
      return made;
    }
    return node;
  }

  return {
    /* An option as ECharts wants it; `option.heshi` holds what the formatters look up. */
    revive: function (option) {
      var extra = option.heshi || {};
      var plain = {};
      Object.keys(option).forEach(function (key) { if (key !== "heshi") plain[key] = option[key]; });
      return revive(plain, extra);
    }
  };
})();
