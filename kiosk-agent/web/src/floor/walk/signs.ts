import { named, type PlaceView } from "@smarthall/ui";
import { iconOf, labelOf, type Mark, placeWords, SHAPES } from "@smarthall/ui/plan";
import { CanvasTexture, RepeatWrapping, SRGBColorSpace } from "three";

/** Signs are drawn on canvases in the page's own fonts, so that they say what the page says, in its language. */

const TONES: Record<string, string> = {
  idle: "#17713a",
  busy: "#1557c0",
  pause: "#8a5300",
  away: "#56637a",
  alarm: "#b4161b",
};
const BLUE = "#1557c0";
const INK = "#16202e";

function sheet(width: number, height: number): { canvas: HTMLCanvasElement; pen: CanvasRenderingContext2D } {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("no 2d canvas");
  pen.textBaseline = "middle";
  return { canvas, pen };
}

function texture(canvas: HTMLCanvasElement): CanvasTexture {
  const made = new CanvasTexture(canvas);
  made.colorSpace = SRGBColorSpace;
  made.anisotropy = 4;
  return made;
}

const font = (size: number, weight = 700) =>
  `${weight} ${size}px ${getComputedStyle(document.body).fontFamily || "sans-serif"}`;

/** write puts a text into a width: smaller if it is long. */
function write(
  pen: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  size: number,
  width: number,
  weight = 700,
) {
  pen.font = font(size, weight);
  const wide = pen.measureText(text).width;
  if (wide > width) pen.font = font((size * width) / wide, weight);
  pen.fillText(text, x, y);
}

/** windowSign is the sign that hangs over a window: number, name, and its state by colour, shape and word. */
export function windowSign(place: PlaceView, mark?: Mark): CanvasTexture {
  const { canvas, pen } = sheet(768, 320);
  pen.fillStyle = BLUE;
  pen.fillRect(0, 0, 768, 236);
  pen.fillStyle = "#ffffff";
  pen.textAlign = "center";
  write(pen, place.number ?? "", 130, 124, 190, 220);
  pen.fillRect(256, 40, 4, 156);
  pen.textAlign = "left";
  write(pen, labelOf(place), 284, 88, 84, 460);
  pen.globalAlpha = 0.85;
  write(pen, placeWords({ ...place, sign: "" }), 284, 182, 46, 460, 500);
  pen.globalAlpha = 1;
  pen.fillStyle = mark ? (TONES[mark.tone] ?? INK) : "#dfe5ee";
  pen.fillRect(0, 236, 768, 84);
  if (mark) {
    pen.fillStyle = "#ffffff";
    pen.save();
    pen.translate(36, 250);
    pen.scale(3.5, 3.5);
    pen.fill(new Path2D(mark.shape ?? SHAPES[mark.tone] ?? ""), "evenodd");
    pen.restore();
    write(pen, mark.word ?? "", 116, 280, 54, 620);
  }
  return texture(canvas);
}

/** placeSign is the sign of a facility: its icon and name. */
export function placeSign(place: PlaceView): { texture: CanvasTexture; ratio: number } {
  const name = named(place.name);
  const measure = sheet(8, 8).pen;
  measure.font = font(72);
  const width = Math.min(1024, Math.ceil(190 + measure.measureText(name).width));
  const { canvas, pen } = sheet(width, 140);
  pen.fillStyle = "rgba(255,255,255,0.94)";
  pen.strokeStyle = place.kind === "first-aid" ? (TONES.alarm ?? INK) : BLUE;
  pen.lineWidth = 6;
  round(pen, 3, 3, width - 6, 134, 32);
  pen.fill();
  pen.stroke();
  pen.save();
  pen.translate(26, 22);
  pen.scale(4, 4);
  pen.lineWidth = 2;
  pen.lineCap = pen.lineJoin = "round";
  pen.stroke(new Path2D(iconOf(place.kind)));
  pen.restore();
  pen.fillStyle = INK;
  write(pen, name, 146, 72, 72, width - 172);
  return { texture: texture(canvas), ratio: width / 140 };
}

/** nameSign is a name on a wall. */
export function nameSign(name: string): { texture: CanvasTexture; ratio: number } {
  const measure = sheet(8, 8).pen;
  measure.font = font(80);
  const width = Math.min(1024, Math.ceil(measure.measureText(named(name)).width + 60));
  const { canvas, pen } = sheet(width, 128);
  pen.fillStyle = "#33445c";
  pen.textAlign = "center";
  write(pen, named(name), width / 2, 66, 80, width - 30);
  return { texture: texture(canvas), ratio: width / 128 };
}

function round(pen: CanvasRenderingContext2D, x: number, y: number, w: number, h: number, r: number) {
  pen.beginPath();
  pen.moveTo(x + r, y);
  pen.arcTo(x + w, y, x + w, y + h, r);
  pen.arcTo(x + w, y + h, x, y + h, r);
  pen.arcTo(x, y + h, x, y, r);
  pen.arcTo(x, y, x + w, y, r);
  pen.closePath();
}

/** tiles is the floor: square stone tiles, one across the texture. */
export function tiles(metres: [number, number], side: number): CanvasTexture {
  const { canvas, pen } = sheet(128, 128);
  pen.fillStyle = "#e9e6df";
  pen.fillRect(0, 0, 128, 128);
  for (let i = 0; i < 260; i++) {
    const shade = 205 + ((i * 37) % 30);
    pen.fillStyle = `rgba(${shade},${shade - 4},${shade - 12},0.5)`;
    pen.fillRect((i * 53) % 128, (i * 89) % 128, 2, 2);
  }
  pen.strokeStyle = "#cfcabf";
  pen.lineWidth = 3;
  pen.strokeRect(0, 0, 128, 128);
  return repeated(canvas, metres, side);
}

/** lamps is the ceiling: panels with a lamp in each fourth. */
export function lamps(metres: [number, number], side: number): CanvasTexture {
  const { canvas, pen } = sheet(128, 128);
  pen.fillStyle = "#eef1f5";
  pen.fillRect(0, 0, 128, 128);
  pen.fillStyle = "#ffffff";
  pen.fillRect(20, 52, 88, 24);
  pen.strokeStyle = "#dde3ea";
  pen.strokeRect(0, 0, 128, 128);
  return repeated(canvas, metres, side);
}

/** chevrons point along the way; one across the texture. */
export function chevrons(): CanvasTexture {
  const { canvas, pen } = sheet(64, 64);
  pen.fillStyle = "#d9520f";
  pen.fillRect(0, 0, 64, 64);
  pen.strokeStyle = "#ffffff";
  pen.lineWidth = 9;
  pen.lineJoin = pen.lineCap = "round";
  pen.beginPath();
  pen.moveTo(22, 12);
  pen.lineTo(42, 32);
  pen.lineTo(22, 52);
  pen.stroke();
  return repeated(canvas, [1, 1], 1);
}

function repeated(canvas: HTMLCanvasElement, [width, depth]: [number, number], side: number): CanvasTexture {
  const made = new CanvasTexture(canvas);
  made.colorSpace = SRGBColorSpace;
  made.wrapS = made.wrapT = RepeatWrapping;
  made.repeat.set(width / side, depth / side);
  made.anisotropy = 4;
  return made;
}
