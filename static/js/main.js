// The behaviours of every page, one per file. Pages work without any of them.
import "./copy-text.js";
import "./count-down.js";
import "./keyboard.js";
import "./lazy-picture.js";
import "./lens-countdown.js";
import "./live-announcer.js";
import "./live-poll.js";
import "./menu.js";

document.documentElement.classList.add("scripted");
// htmx notes the page's address when it loads. Nothing of ours stays in the browser.
sessionStorage.removeItem("htmx-current-path-for-history");
