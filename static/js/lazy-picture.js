// <lazy-picture><img></lazy-picture>: asks again while the server answers 202, because a worker is still drawing.
const WAITS = [700, 1500, 3000, 6000, 12000];

class LazyPicture extends HTMLElement {
  connectedCallback() {
    this.image = this.querySelector("img");
    this.address = this.image.src;
    this.tries = 0;
    this.image.addEventListener("load", () => this.look());
    if (this.image.complete) this.look();
  }

  look() {
    const entry = performance.getEntriesByName(this.image.src).at(-1);
    if (entry?.responseStatus !== 202 || this.tries >= WAITS.length) return;
    const wait = WAITS[this.tries];
    this.tries += 1;
    setTimeout(() => { this.image.src = `${this.address}?try=${this.tries}`; }, wait);
  }
}

customElements.define("lazy-picture", LazyPicture);
