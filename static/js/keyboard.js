// Single keys: / ? g+letter j k n p e. Off where the person says so, silent in fields (WCAG 2.2, 2.1.4).
const SEQUENCE_MS = 1000;
let wentAt = 0;

const typing = (target) => target.closest("input, select, textarea, [contenteditable]");

function follow(selector) {
  document.querySelector(selector)?.click();
}

function step(by) {
  const rows = [...document.querySelectorAll("[data-row] a[data-open]")];
  if (!rows.length) return;
  const now = rows.indexOf(document.activeElement);
  rows[Math.min(rows.length - 1, Math.max(0, now + by))].focus();
}

const KEYS = {
  "/": () => document.querySelector('[data-shortcut="/"]')?.focus(),
  "?": () => document.getElementById("keys")?.togglePopover(),
  j: () => step(1),
  k: () => step(-1),
  n: () => follow('a[rel="next"]'),
  p: () => follow('a[rel="prev"]'),
  e: () => follow("[data-export]"),
};

document.addEventListener("keydown", (event) => {
  if (document.body.dataset.shortcuts === "off" || typing(event.target)) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.key === "g") {
    wentAt = Date.now();
    return;
  }
  const going = Date.now() - wentAt < SEQUENCE_MS;
  wentAt = 0;
  if (going) follow(`[data-go="${CSS.escape(event.key)}"]`);
  else if (Object.hasOwn(KEYS, event.key)) {
    event.preventDefault();
    KEYS[event.key]();
  }
});
