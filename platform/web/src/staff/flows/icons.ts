/** icon is a drawing of strokes in a 24 x 24 box, as an address. */
function icon(strokes: string): string {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#26323d" stroke-width="1.6" stroke-linejoin="round" stroke-linecap="round">${strokes}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

const diamond = '<path d="M12 3l9 9-9 9-9-9z"/>';
const box = '<rect x="3" y="5" width="18" height="14" rx="3"/>';

/** button is an entry of the palette or the pad: the editor adds what it does. */
export function button(name: keyof typeof ICONS, title: string): { html: string; title: string } {
  const html = `<div class="entry" draggable="true" role="button" title="${title}"><img alt="" draggable="false" src="${ICONS[name]}"></div>`;
  return { html, title };
}

/** ICONS are those of the palette and of the pad beside an element. */
const ICONS = {
  hand: icon(
    '<path d="M8 12V6a1.5 1.5 0 0 1 3 0v5V4.500a1.500 1.500 0 0 1 3 0V11V6a1.500 1.500 0 0 1 3 0v8c0 4-2 7-6 7s-5-3-7-7c1-1 2.500-1 4 1z"/>',
  ),
  lasso: icon('<rect x="4" y="4" width="16" height="16" stroke-dasharray="3 3"/>'),
  space: icon('<path d="M12 4v16M4 12h5M15 12h5M7 9l-3 3 3 3M17 9l3 3-3 3"/>'),
  connect: icon('<path d="M5 19L18 6M11 5.500h7.500V13"/>'),
  start: icon('<circle cx="12" cy="12" r="8"/><path d="M10 8.500l5 3.500-5 3.500z"/>'),
  user: icon(`${box}<circle cx="9" cy="11" r="2"/><path d="M5.500 16c0-4 7-4 7 0M15 10h3.500M15 14h3.500"/>`),
  service: icon(
    `${box}<circle cx="12" cy="12" r="2.500"/><path d="M12 7.500v2M12 14.500v2M7.500 12h2M14.500 12h2"/>`,
  ),
  xor: icon(`${diamond}<path d="M9.500 9.500l5 5M14.500 9.500l-5 5"/>`),
  and: icon(`${diamond}<path d="M12 8v8M8 12h8"/>`),
  or: icon(`${diamond}<circle cx="12" cy="12" r="3.500"/>`),
  timer: icon(
    '<circle cx="12" cy="12" r="9"/><circle cx="12" cy="12" r="6.500"/><path d="M12 8.500V12l2.500 1.500"/>',
  ),
  end: icon('<circle cx="12" cy="12" r="8" stroke-width="3.500"/>'),
  remove: icon('<path d="M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13"/>'),
};
