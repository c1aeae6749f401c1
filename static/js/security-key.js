// <security-key data-act="create|get" data-options="…">: asks the browser for a security key (WebAuthn) and sends its answer.
const bytesOf = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));

const textOf = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function prepared({ publicKey }) {
  const options = { ...publicKey, challenge: bytesOf(publicKey.challenge) };
  if (options.user) options.user = { ...options.user, id: bytesOf(options.user.id) };
  for (const list of ["excludeCredentials", "allowCredentials"])
    if (options[list]) options[list] = options[list].map((each) => ({ ...each, id: bytesOf(each.id) }));
  return { publicKey: options };
}

function told(credential) {
  const response = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
    if (credential.response[part]) response[part] = textOf(credential.response[part]);
  return {
    id: credential.id,
    rawId: textOf(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

class SecurityKey extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("[data-ask]");
    button.addEventListener("click", () => this.ask());
    // Only now: a click before this module has come would be lost.
    button.hidden = false;
    this.querySelector("[data-without-script]").hidden = true;
  }

  async ask() {
    const form = this.querySelector("form");
    const said = this.querySelector("[data-said]");
    said.hidden = true;
    try {
      const options = prepared(JSON.parse(this.dataset.options));
      const credential = await navigator.credentials[this.dataset.act](options);
      form.elements.credential.value = JSON.stringify(told(credential));
      form.submit();
    } catch {
      said.textContent = this.dataset.failed;
      said.hidden = false;
    }
  }
}

customElements.define("security-key", SecurityKey);
