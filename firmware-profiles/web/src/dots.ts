/** How dark a pixel of a glyph must be to light a lamp, of 255. */
const THRESHOLD = 110;

/** Picture draws a text's pixels: its width in lamps, and how dark each one is, row by row. */
export interface Picture {
  width: number;
  alpha: (x: number, y: number) => number;
}

/** raster draws text with a height of so many lamps, or nothing where there is no canvas. */
export function raster(text: string, height: number): Picture | undefined {
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext?.("2d", { willReadFrequently: true });
  if (!pen) return undefined;
  const font = `${height - 1}px "WenQuanYi Zen Hei", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif`;
  pen.font = font;
  canvas.width = Math.max(1, Math.ceil(pen.measureText(text).width));
  canvas.height = height;
  pen.font = font; // setting the size cleared it
  pen.textBaseline = "middle";
  pen.fillText(text, 0, height / 2 + 0.5);
  const { data, width } = pen.getImageData(0, 0, canvas.width, height);
  return { width, alpha: (x, y) => data[(y * width + x) * 4 + 3] ?? 0 };
}

/** lamps are the lit lamps of a picture on a strip, centred if it fits, as [column, row]. */
export function lamps(picture: Picture, columns: number, rows: number): [number, number][] {
  const shift = picture.width < columns ? Math.floor((columns - picture.width) / 2) : 0;
  const lit: [number, number][] = [];
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < picture.width; x++) {
      if (picture.alpha(x, y) > THRESHOLD) lit.push([x + shift, y]);
    }
  }
  return lit;
}
