"""Typed drawings for what has no picture, may not show it, or could not be drawn: small SVG, no text, no script."""

from catalog.thumbnails.policy import Symbol

# Strokes of a 48 by 48 drawing; grey of equal contrast (4.6) on the light and the dark canvas.
_STROKES: dict[Symbol, str] = {
    Symbol.REPORT: "M14 8h14l8 8v24H14zM28 8v8h8M19 22h12M19 28h12M19 34h8",
    Symbol.KEY_OBJECTS: "M24 9l4.6 9.4 10.4 1.5-7.5 7.3 1.8 10.3L24 32.6l-9.3 4.9 1.8-10.3L9 19.9l10.4-1.5z",
    Symbol.PRESENTATION: "M8 10h32v22H8zM24 32v8M16 40h16M14 26l7-8 6 6 7-8",
    Symbol.PLAN: "M24 24m-14 0a14 14 0 1 0 28 0a14 14 0 1 0-28 0M24 4v12M24 32v12M4 24h12M32 24h12",
    Symbol.STRUCTURES: "M12 16c6-10 20-10 25 0s-2 22-13 23S6 26 12 16zM20 20c3-4 10-4 11 1s-3 10-7 10-7-7-4-11z",
    Symbol.REGISTRATION: "M8 8h22v22H8zM18 18h22v22H18z",
    Symbol.WAVEFORM: "M5 26h9l4-12 6 24 5-16 3 4h11",
    Symbol.DOCUMENT: "M14 8h14l8 8v24H14zM28 8v8h8",
    Symbol.DATA: "M10 13c0-6 28-6 28 0v22c0 6-28 6-28 0zM10 13c0 6 28 6 28 0M10 24c0 6 28 6 28 0",
    Symbol.BLOCKED: "M6 24c8-14 28-14 36 0-8 14-28 14-36 0zM24 24m-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0M9 41L39 7",
    Symbol.UNDECODABLE: "M8 10h32v28H8zM8 32l10-9 7 6M31 16l6 6M37 16l-6 6",
    Symbol.GONE: "M8 14h12l4 5h16v20H8zM20 26l8 8M28 26l-8 8",
    Symbol.PENDING: "M14 8h20M14 40h20M16 8c0 10 16 12 16 16s-16 6-16 16M32 8c0 10-16 12-16 16s16 6 16 16",
}


def svg_of(symbol: Symbol) -> bytes:
    """Return the drawing as an SVG document of 256 by 256, which scales."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256" viewBox="-24 -24 96 96" fill="none" '
        'stroke="#767f89" stroke-width="2" stroke-linejoin="round" stroke-linecap="round">'
        f'<path d="{_STROKES[symbol]}"/></svg>'
    ).encode()
