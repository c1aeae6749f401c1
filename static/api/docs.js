// Starts Swagger UI; what it needs to know stands in the page's data attributes.
"use strict";

const place = document.getElementById("api-docs");

SwaggerUIBundle({
  url: place.dataset.schemaUrl,
  domNode: place,
  // Deep links would put a link inside each button, which no keyboard reader can use.
  deepLinking: false,
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  // No outside service may be told what is looked at.
  validatorUrl: null,
  requestInterceptor: (request) => {
    if (request.method && request.method !== "GET") {
      request.headers["X-CSRFToken"] = place.dataset.csrfToken;
    }
    return request;
  },
});

// Swagger UI leaves its choices without names, and its examples out of reach of the keyboard.
new MutationObserver(() => {
  for (const choice of place.querySelectorAll("select:not([aria-label])")) {
    const row = choice.closest("tr[data-param-name]");
    choice.setAttribute("aria-label", row ? row.dataset.paramName : "Media type or example");
  }
  for (const example of place.querySelectorAll("pre.microlight:not([tabindex])")) {
    example.tabIndex = 0;
  }
}).observe(place, { childList: true, subtree: true });
