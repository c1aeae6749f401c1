// <live-poll every="2000">: asks htmx for a fresh copy of itself while its tab is visible.
// The server ends the polling by answering with something that is no <live-poll>.
class LivePoll extends HTMLElement {
  connectedCallback() {
    this.timer = setInterval(() => this.ask(), Number(this.getAttribute("every")) || 2000);
    this.shown = () => this.ask();
    document.addEventListener("visibilitychange", this.shown);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    document.removeEventListener("visibilitychange", this.shown);
  }

  ask() {
    // A person who is choosing something here must not have it pulled away.
    if (document.hidden || this.querySelector("details[open]")) return;
    window.htmx?.trigger(this, "poll");
  }
}

customElements.define("live-poll", LivePoll);
