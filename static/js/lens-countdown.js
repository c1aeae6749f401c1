// <lens-countdown data-seconds>: counts down, and masks the page again when the lens closes, here or in another tab.
// What is revealed leaves the page before anything is asked of the network.
const told = "BroadcastChannel" in window ? new BroadcastChannel("lens") : null;

class LensCountdown extends HTMLElement {
  connectedCallback() {
    this.endsAt = Date.now() + Number(this.dataset.seconds) * 1000;
    this.timer = setInterval(() => this.tick(), 500);
    this.looked = () => this.tick();
    document.addEventListener("visibilitychange", this.looked);
    window.addEventListener("pageshow", this.looked);
    this.heard = () => this.mask();
    told?.addEventListener("message", this.heard);
    const closing = this.closest("details")?.querySelector("form");
    closing?.addEventListener("submit", () => told?.postMessage("closed"));
    this.tick();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    document.removeEventListener("visibilitychange", this.looked);
    window.removeEventListener("pageshow", this.looked);
    told?.removeEventListener("message", this.heard);
  }

  tick() {
    const left = Math.max(0, Math.ceil((this.endsAt - Date.now()) / 1000));
    this.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (left === 0) this.mask();
  }

  async mask() {
    if (this.masking) return;
    this.masking = true;
    clearInterval(this.timer);
    const said = document.createElement("p");
    said.className = "notice";
    said.textContent = this.dataset.said;
    document.getElementById("main").replaceChildren(said);
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      if (answer.redirected) return location.assign(answer.url);
      this.show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      said.textContent = this.dataset.failed;
    }
  }

  show(fresh) {
    const announced = this.dataset.said;
    document.title = fresh.title;
    for (const id of ["main", "phi-pill"]) {
      const part = document.importNode(fresh.getElementById(id), true);
      document.getElementById(id).replaceWith(part);
      window.htmx?.process(part);
    }
    document.body.removeAttribute("data-revealed");
    const announcer = document.querySelector("live-announcer");
    if (announcer) announcer.textContent = announced;
  }
}

customElements.define("lens-countdown", LensCountdown);
