/* The SHA-256 of a chosen file, computed here: the file itself goes nowhere. */
(function () {
  "use strict";

  function hex(buffer) {
    return Array.prototype.map.call(new Uint8Array(buffer), function (byte) {
      return ("0" + byte.toString(16)).slice(-2);
    }).join("");
  }

  function watch(chooser) {
    var field = document.getElementById(chooser.getAttribute("data-digest-of"));
    if (!field || !window.crypto || !window.crypto.subtle) { chooser.hidden = true; return; }
    chooser.addEventListener("change", function () {
      var file = chooser.files[0];
      if (!file) return;
      field.value = "";
      field.placeholder = "正在计算…";
      file.arrayBuffer()
        .then(function (content) { return window.crypto.subtle.digest("SHA-256", content); })
        .then(function (digest) { field.value = "sha256:" + hex(digest); })
        .catch(function () { field.placeholder = "无法读取这个文件，请粘贴摘要"; });
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-digest-of]").forEach(watch);
  });
})();
