"""What a person could not read or reach on an open page: rules of axe-core, contrast, cut words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).resolve().parents[2] / "viewer" / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")

_RUN_AXE = """async () => {
  const found = await axe.run(document, {
    resultTypes: ['violations'],
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  });
  return found.violations.map(v => ({
    id: v.id, impact: v.impact,
    at: v.nodes.slice(0, 6).map(n => [n.target.flat().slice(-2).join(' '), n.html.slice(0, 160)]),
  }));
}"""

_WALK = """
const seen = [];
const walk = root => {
  for (const el of root.querySelectorAll('*')) {
    if (el.shadowRoot) walk(el.shadowRoot);
    if (el.tagName === 'STYLE' || el.tagName === 'OPTION') continue;
    const own = [...el.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (own) seen.push(el);
  }
};
const up = el => el.assignedSlot || el.parentElement
  || (el.getRootNode() instanceof ShadowRoot ? el.getRootNode().host : null);
const shown = el => {
  const box = el.getBoundingClientRect();
  if (box.width <= 1 || box.height <= 1) return false;
  if (box.right < 0 || box.bottom < 0 || box.left > innerWidth || box.top > innerHeight)
    return false;
  for (let at = el; at; at = up(at))
    if (getComputedStyle(at).clipPath === 'inset(50%)') return false; // there for screen readers
  return el.checkVisibility({ opacityProperty: true, visibilityProperty: true });
};
const words = el => [...el.childNodes].filter(n => n.nodeType === 3)
  .map(n => n.textContent.trim()).join(' ').slice(0, 50);
const where = el => {
  const host = el.getRootNode().host;
  return (host ? host.tagName.toLowerCase() + ' ' : '') + el.tagName.toLowerCase()
    + (typeof el.className === 'string' && el.className
       ? '.' + el.className.trim().split(/\\s+/).join('.') : '');
};
walk(document);
"""

_CONTRAST = (
    """() => {"""
    + _WALK
    + """
const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
const known = new Map();
const rgba = text => {
  if (known.has(text)) return known.get(text);
  const plain = /^rgba?\\(([\\d.]+), ([\\d.]+), ([\\d.]+)(?:, ([\\d.]+))?\\)$/.exec(text);
  let out;
  if (plain) out = [+plain[1], +plain[2], +plain[3], plain[4] === undefined ? 1 : +plain[4]];
  else {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const d = canvas.getImageData(0, 0, 1, 1).data;
    out = [d[0], d[1], d[2], d[3] / 255];
  }
  known.set(text, out);
  return out;
};
const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3]));
const light = c => {
  const [r, g, b] = c.map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ratio = (a, b) => {
  const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
  return (x + 0.05) / (y + 0.05);
};
const haze = rgba(getComputedStyle(document.body).backgroundColor);
const out = [];
for (const el of seen) {
  if (!shown(el) || el.closest(':disabled, [aria-disabled="true"]')) continue;
  const style = getComputedStyle(el);
  const layers = [];
  let solid = 0;
  let off = false;
  for (let at = el; at && solid < 1; at = up(at)) {
    const own = getComputedStyle(at);
    if (at.matches(':disabled')) off = true;
    if (at === document.body || at === document.documentElement || at.tagName === 'CIM-TWIN') break;
    const colour = rgba(own.backgroundColor);
    if (colour[3] > 0) { layers.push(colour); solid = 1 - (1 - solid) * (1 - colour[3]); }
  }
  if (off) continue;
  const halo = /rgba?\\([^)]*\\)|color\\([^)]*\\)/.exec(style.textShadow || '');
  const grounds = solid >= 0.85 ? [[0, 0, 0], [255, 255, 255]]
    : [halo && style.textShadow !== 'none' ? rgba(halo[0]) : haze];
  let faded = 1;
  for (let at = el; at; at = up(at)) faded *= parseFloat(getComputedStyle(at).opacity);
  const ink = rgba(style.color);
  let least = 99;
  for (const ground of grounds) {
    const back = layers.reduceRight((under, top) => over(top, under), ground.slice(0, 3));
    least = Math.min(least, ratio(over([ink[0], ink[1], ink[2], ink[3] * faded], back), back));
  }
  const size = parseFloat(style.fontSize);
  const large = size >= 24 || (size >= 18.66 && parseInt(style.fontWeight, 10) >= 700);
  if (least < (large ? 3 : 4.5) - 0.005)
    out.push([where(el), words(el), Math.round(least * 100) / 100]);
}
return out;
}"""
)

_CUT = (
    """() => {"""
    + _WALK
    + """
const scrolls = el => {
  for (let at = el; at; at = up(at)) {
    const o = getComputedStyle(at);
    if (/(auto|scroll)/.test(o.overflowX + o.overflowY)) return at;
  }
  return null;
};
const out = [];
for (const el of seen) {
  if (!shown(el) || el.getRootNode().host?.matches('cim-labels, cim-pins')) continue;
  const box = el.getBoundingClientRect();
  const style = getComputedStyle(el);
  const scroller = scrolls(el);
  if (!scroller && (box.right > innerWidth + 1 || box.left < -1 || box.bottom > innerHeight + 1))
    out.push(['outside', where(el), words(el)]);
  if (style.overflowX === 'hidden' && style.textOverflow !== 'ellipsis'
      && el.scrollWidth > el.clientWidth + 1 && el.clientWidth > 1)
    out.push(['cut', where(el), words(el)]);
  for (let at = up(el); at; at = up(at)) {
    const o = getComputedStyle(at);
    const b = at.getBoundingClientRect();
    if (o.overflowX === 'hidden' && o.textOverflow !== 'ellipsis' && b.width > 2
        && at.tagName !== 'CIM-TWIN' && !at.matches('html, body')
        && box.width > 2 && box.right > b.right + 1.5 && box.left < b.right)
      { out.push(['clipped', where(el), words(el)]); break; }
    if (/(auto|scroll)/.test(o.overflowX)) break;
  }
}
return out;
}"""
)

_OVERLAP = """() => {
  const root = document.querySelector('cim-twin').shadowRoot;
  const parts = [...root.querySelectorAll(
    'cim-topbar, .left > *, .right > *, .bottom > *, cim-maptitle, cim-banner, .tabs')]
    .filter(el => el.checkVisibility({ visibilityProperty: true }))
    .map(el => {
      const box = el.getBoundingClientRect();
      const frame = el.parentElement?.matches('aside') && el.parentElement.getBoundingClientRect();
      const bottom = frame ? Math.min(box.bottom, frame.bottom) : box.bottom; // a sheet scrolls
      const top = frame ? Math.max(box.top, frame.top) : box.top;
      return [el.tagName.toLowerCase(), new DOMRect(box.x, top, box.width, bottom - top)];
    })
    .filter(([, b]) => b.width > 2 && b.height > 2);
  for (const el of root.querySelector('cim-topbar').shadowRoot
      .querySelectorAll('.bar > .name > *, .bar > nav, .bar > .group, .bar > .tools'))
    if (el.checkVisibility()) parts.push([el.className || 'name', el.getBoundingClientRect()]);
  const inside = (a, b) => [a, b].some(([name]) => name === 'cim-topbar');
  const out = [];
  for (let i = 0; i < parts.length; i++)
    for (let j = i + 1; j < parts.length; j++) {
      const [a, b] = [parts[i][1], parts[j][1]];
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const tall = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (inside(parts[i], parts[j])) continue;
      if (wide > 2 && tall > 2) out.push([parts[i][0], parts[j][0], wide, tall].map(String));
    }
  return out;
}"""


def grave(page: Page) -> list[dict[str, Any]]:
    """Serious and critical findings of axe-core on the page as it stands."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate(_RUN_AXE)
    return [item for item in found if item["impact"] in GRAVE]


def faint(page: Page) -> list[list[Any]]:
    """Texts below 4.5:1 (large ones below 3:1) on what really lies behind them, the worst backing.

    A panel that lets the map shine through is measured over black and over white; words that stand
    on the map itself are measured on their halo.
    """
    found: list[list[Any]] = page.evaluate(_CONTRAST)
    return found


def cut(page: Page) -> list[list[str]]:
    """Words that reach out of the window or out of a box that hides what does not fit."""
    found: list[list[str]] = page.evaluate(_CUT)
    return found


def overlapping(page: Page) -> list[list[Any]]:
    """Parts of the page that lie over each other."""
    found: list[list[Any]] = page.evaluate(_OVERLAP)
    return found
