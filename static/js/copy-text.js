// <copy-text><code>…</code></copy-text>: adds a button that copies the text it holds.
class CopyText extends HTMLElement {
  connectedCallback() {
    if (!navigator.clipboard || this.querySelector("button")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn small";
    button.textContent = this.dataset.label || "Copy";
    button.addEventListener("click", () => this.copy(button));
    this.append(button);
  }

  async copy(button) {
    const said = button.textContent;
    await navigator.clipboard.writeText(this.querySelector("code").textContent.trim());
    button.textContent = this.dataset.done || "Copied";
    setTimeout(() => { button.textContent = said; }, 1500);
  }
}

customElements.define("copy-text", CopyText);
