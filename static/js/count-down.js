// <count-down until="…">: says how long is left until a moment; without a script its text says when that is.
class CountDown extends HTMLElement {
  connectedCallback() {
    this.timer = setInterval(() => this.tick(), 1000);
    this.tick();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  tick() {
    const left = Math.max(0, Math.round((Date.parse(this.getAttribute("until")) - Date.now()) / 1000));
    this.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (left === 0) {
      clearInterval(this.timer);
      location.replace(location.href);
    }
  }
}

customElements.define("count-down", CountDown);
