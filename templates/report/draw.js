// A chart's option drawn by ECharts into one <svg>: plain attributes, short, the same bytes for the same option.
"use strict";

var SHARED = new Set([
  "dominant-baseline", "text-anchor", "font-size", "font-weight", "fill", "stroke", "stroke-width", "stroke-linecap",
  "stroke-linejoin", "stroke-dasharray", "fill-opacity", "stroke-opacity",
]);

// Style attributes as plain ones: a page may forbid inline style, and Typst reads both alike.
function attributes(_all, body) {
  return body.split(";").filter(function (part) {
    return part && part.slice(0, 12) !== "font-family:" && part.slice(0, 5) !== "font:";
  }).map(function (part) {
    var at = part.indexOf(":");
    return " " + part.slice(0, at).trim() + '="' + part.slice(at + 1).trim() + '"';
  }).join("");
}

// A path of straight lines told by its steps, in tenths: the same points in two thirds of the letters.
function stepped(path) {
  if (!/^(?:[ML]-?[\d.]+ -?[\d.]+|Z(?=M|$))+$/.test(path)) return path;
  var x = 0, y = 0, told = "", last = "";
  path.replace(/([MLZ])([^MLZ]*)/g, function (_all, letter, pair) {
    var to = pair.split(" ").map(function (part) { return Math.round(part * 10); });
    var again = letter === "L" && last === "L";
    last = letter;
    if (letter === "Z") { told += "z"; return; }
    told += again ? "" : letter === "M" ? "M" : "l";
    (letter === "M" ? to : [to[0] - x, to[1] - y]).forEach(function (step, place) {
      var text = String(step / 10).replace(/^(-?)0\./, "$1.");
      told += text[0] !== "-" && (again || place) ? " " + text : text;
    });
    x = to[0]; y = to[1];
  });
  return told;
}

// Neighbours of one shape that look alike become a group: what they share is said once. Nothing is moved, so
// nothing is painted in another order.
function grouped(svg) {
  var lines = svg.replace(/><\/(rect|path|circle|line|polyline|polygon|ellipse)>/g, "/>").split("\n");
  var made = [], run = [], shared = "";
  function close() {
    if (run.length > 1) made.push("<g" + shared + ">" + run.map(function (one) { return one.own; }).join("") + "</g>");
    else if (run.length) made.push(run[0].whole);
    run = [];
  }
  lines.forEach(function (line) {
    var found = /^<(rect|path|circle|text)((?: [a-z-]+="[^"]*")+)(\/>|>[^<]*<\/text>)$/.exec(line);
    if (!found) { close(); made.push(line); return; }
    var same = "", own = "";
    if (found[1] === "text") found[2] = placed(found[2]);
    found[2].replace(/ ([a-z-]+)="[^"]*"/g, function (part, name) {
      if (SHARED.has(name)) same += part; else own += part;
    });
    if (!same || same !== shared) close();
    shared = same;
    run.push({whole: "<" + found[1] + found[2] + found[3], own: "<" + found[1] + own + found[3]});
  });
  close();
  return made.join("");
}
// A text's place as x and y, where no more than a move stands.
function placed(attributes) {
  var moved = / transform="translate\((-?[\d.]+) (-?[\d.]+)\)"/.exec(attributes);
  if (!moved) return attributes;
  var at = {x: Number(moved[1]), y: Number(moved[2])};
  var rest = attributes.replace(moved[0], "").replace(/ ([xy])="(-?[\d.]+)"/g, function (_all, axis, by) {
    at[axis] += Number(by);
    return "";
  });
  return ' x="' + Math.round(at.x * 10) / 10 + '" y="' + Math.round(at.y * 10) / 10 + '"' + rest;
}

function draw(option, width, height) {
  var seen = {};
  var chart = echarts.init(null, null, {renderer: "svg", ssr: true, width: width, height: height});
  chart.setOption(heshiFormat.revive(option));
  var svg = chart.renderToSVGString({useViewBox: true});
  chart.dispose();
  return grouped(svg
    .replace(/ ecmeta_[a-z_]+="[^"]*"/g, "")
    .replace(/ class="zr[^"]*"| pointer-events="[^"]*"| xml:space="[^"]*"| baseProfile="[^"]*"/g, "")
    .replace(/<style[^]*?<\/style>/g, "")
    .replace(/zr\d+-[a-z]+\d+/g, function (id) {
      if (!(id in seen)) seen[id] = "zr-" + Object.keys(seen).length;
      return seen[id];
    })
    .replace(/ style="([^"]*)"/g, attributes)
    .replace(/ (d|points|transform)="([^"]*)"/g, function (_all, name, body) {
      var tenths = body.replace(/(\.\d)\d+/g, "$1");
      return " " + name + '="' + (name === "d" ? stepped(tenths) : tenths) + '"';
    }));
}
