// <lens-countdown data-seconds>: counts down, and masks the page again when the lens closes, here or in another tab.
// What is revealed leaves the page before anything is asked of the network.
const told = "BroadcastChannel" in window ? new BroadcastChannel("lens") : null;
// The seconds of the page are whole ones: the server may close the lens up to one later.
const ROUNDING_MS = 1000;

class LensCountdown extends HTMLElement {
  connectedCallback() {
    this.endsAt = Date.now() + Number(this.dataset.seconds) * 1000;
    this.timer = setInterval(() => this.tick(), 500);
    this.looked = () => this.tick();
    document.addEventListener("visibilitychange", this.looked);
    window.addEventListener("pageshow", this.looked);
    this.heard = () => this.mask(0);
    told?.addEventListener("message", this.heard);
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
    if (left === 0) this.mask(ROUNDING_MS);
  }

  async mask(patience) {
    if (this.masking) return;
    this.masking = true;
    clearInterval(this.timer);
    const said = document.createElement("p");
    said.className = "notice";
    said.textContent = this.dataset.said;
    document.getElementById("main").replaceChildren(said);
    await new Promise((done) => setTimeout(done, patience));
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      if (answer.redirected) return location.assign(answer.url);
      this.show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      said.textContent = this.dataset.failed;
    }
  }

  show(fresh) {
    const isOpen = fresh.body.hasAttribute("data-revealed");
    document.title = fresh.title;
    for (const place of ["#main", "#phi-pill", ".side-foot"]) {
      const part = document.importNode(fresh.querySelector(place), true);
      document.querySelector(place).replaceWith(part);
      window.htmx?.process(part);
    }
    document.body.toggleAttribute("data-revealed", isOpen);
    const announcer = document.querySelector("live-announcer");
    if (announcer && !isOpen) announcer.textContent = this.dataset.said;
  }
}

customElements.define("lens-countdown", LensCountdown);

// A page that came masked, or asks to sign in, knows that the lens of this browser is closed. Told any sooner, another
// tab would ask before the server has closed it, and show everything again.
const isAnswered = document.querySelector("#phi-pill, #sign-in") && !document.querySelector("lens-countdown");
if (isAnswered) told?.postMessage("closed");
