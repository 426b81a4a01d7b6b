#!/usr/bin/env bash
# A headless Chromium for the browser tests. Does nothing where there is one, or where HESHI_CHROMIUM names one;
# HESHI_NO_BROWSER=1 leaves the browser tests out and so needs none.
set -euo pipefail

say() { printf '%s\n' "$*" >&2; }

present() {
  local name
  for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null 2>&1 && return 0
  done
  return 1
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

if [ "${HESHI_NO_BROWSER:-}" = 1 ]; then exit 0; fi
if [ -n "${HESHI_CHROMIUM:-}" ]; then
  [ -x "$HESHI_CHROMIUM" ] && exit 0
  say "HESHI_CHROMIUM 指向的文件不可执行：$HESHI_CHROMIUM"
  exit 1
fi
if present; then exit 0; fi

how="浏览器测试需要 Chromium：请安装软件包 chromium（apt-get install chromium），
或用 HESHI_CHROMIUM 指定已有的 Chromium、Chrome；HESHI_NO_BROWSER=1 略过浏览器测试。"
if ! command -v apt-get >/dev/null 2>&1; then say "$how"; exit 1; fi
if [ "$(id -u)" -ne 0 ] && ! sudo -n true 2>/dev/null; then say "$how"; exit 1; fi

say "安装 Chromium（浏览器测试用）…"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q &&
       as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium
     } >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  say "$how"
  exit 1
fi
present || { say "$how"; exit 1; }
