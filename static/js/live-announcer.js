// <live-announcer aria-live="polite">: repeats what swapped content says in [data-announce], at most every ten seconds.
const PAUSE = 10_000;

class LiveAnnouncer extends HTMLElement {
  connectedCallback() {
    this.spokenAt = 0;
    document.addEventListener("htmx:afterSettle", () => this.consider());
  }

  consider() {
    const text = document.querySelector("[data-announce]")?.dataset.announce;
    if (!text || text === this.textContent) return;
    clearTimeout(this.waiting);
    const wait = Math.max(0, this.spokenAt + PAUSE - Date.now());
    this.waiting = setTimeout(() => this.say(text), wait);
  }

  say(text) {
    this.textContent = text;
    this.spokenAt = Date.now();
  }
}

customElements.define("live-announcer", LiveAnnouncer);
