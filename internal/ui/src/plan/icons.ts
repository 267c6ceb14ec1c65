/**
 * ICONS are the marks of places: lines in a box of 24 by 24, drawn without fill.
 * They stay legible at 20 pixels.
 */
export const ICONS: Record<string, string> = {
  agent: "M6 3h12v9H6zM9 12v8M15 12v8M7 21h10M9.5 6h5",
  entrance: "M13 4h6v16h-6M3 12h10M9.5 8l4 4-4 4",
  exit: "M11 4H5v16h6M10 12h10M16.5 8l4 4-4 4",
  stairs: "M3 20h4.5v-4H12v-4h4.5V8H21V4",
  lift: "M5 3h14v18H5zM12 3v18M8.5 14v-4M7 11.5 8.5 10 10 11.5M15.5 10v4M14 12.5l1.5 1.5 1.5-1.5",
  toilet:
    "M8 6.5a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6zM5 15V9h6v6M6.5 15v6M9.5 15v6M17 6.5a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6zM14.5 16 16 9h2l1.5 7zM16 16v5M18 16v5",
  "accessible-toilet":
    "M10 5.6a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6zM10 8v6.5h5.5L18 20M10 11h5M8 11.5a5.3 5.3 0 1 0 6.8 7",
  water:
    "M12 3c3.5 4.5 5.5 7.5 5.5 10.5a5.5 5.5 0 0 1-11 0C6.5 10.5 8.5 7.5 12 3zM9.5 14a2.8 2.8 0 0 0 2.5 2.8",
  copier: "M7 9V3h10v6M4 9h16v8h-3M7 17H4V9M7 14h10v7H7zM9.5 17.5h5",
  desk: "M9.2 9.3a2.9 2.9 0 1 1 4.4 2.5c-1 .6-1.6 1.2-1.6 2.5M12 17.3v.5M12 21.5a9.5 9.5 0 1 0 0-19 9.5 9.5 0 0 0 0 19z",
  complaints: "M4 4h16v12h-8l-5 4.5V16H4zM12 7v4M12 13v.3",
  forms: "M5 3h9l5 5v3M5 3v18h6M14 3v5h5M8.5 12h5M8.5 16h3M14 21l.6-3 5-5 2.4 2.4-5 5z",
  reading: "M4 5c3-1 6-1 8 1 2-2 5-2 8-1v14c-3-1-6-1-8 1-2-2-5-2-8-1zM12 6v14",
  nursing:
    "M9.5 3.5h5M10 3.5V7c-1.5.8-2.5 2-2.5 4v8a2 2 0 0 0 2 2h5a2 2 0 0 0 2-2v-8c0-2-1-3.2-2.5-4V3.5M7.5 12.5h4M7.5 16h4",
  "first-aid":
    "M12 20C6.5 16 3.5 12.8 3.5 9.3A4.6 4.6 0 0 1 12 6.8a4.6 4.6 0 0 1 8.5 2.5c0 3.5-3 6.7-8.5 10.7zM12.8 9l-2.3 3.3h3L11.2 16",
  seats: "M6 4v9h11M6 13v7M17 13v7M6 9h8a3 3 0 0 1 3 3v1",
  parking: "M4 4h16v16H4zM9.5 17V7.5h3.3a2.9 2.9 0 0 1 0 5.8H9.5",
  other:
    "M12 21c-4.5-5-6.8-8.2-6.8-11.2a6.8 6.8 0 0 1 13.6 0C18.8 12.8 16.5 16 12 21zM12 12a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6z",
};

/** iconOf is the drawing of a kind of place; unknown ones get a pin. */
export function iconOf(kind: string): string {
  return ICONS[kind] ?? ICONS.other ?? "";
}

/** SHAPES tell a state without its colour, in a box of 16 by 16, filled: the same as StateBadge has. */
export const SHAPES: Record<string, string> = {
  idle: "M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13z",
  busy: "M3 1.5 14.5 8 3 14.5z",
  pause: "M2.5 2h4v12h-4zM9.5 2h4v12h-4z",
  away: "M8 1.3a6.7 6.7 0 1 1 0 13.4A6.7 6.7 0 0 1 8 1.3zm0 2.5a4.2 4.2 0 1 0 0 8.4 4.2 4.2 0 0 0 0-8.4z",
  alarm: "M8 .8 15.6 15H.4zM7 5.6v4.8h2V5.6zm0 6v1.9h2v-1.9z",
};
