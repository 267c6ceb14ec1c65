/** LONGEST is how long a side stays, in pixels: an A4 page at 300 dots per inch. */
export const LONGEST = 3508;
/** QUALITY is that of the JPEG. */
const QUALITY = 0.86;
/** SMALL pictures, in bytes, are sent as they are if they fit. */
const SMALL = 1_500_000;

/** fitted is the size that a picture gets: never larger, its proportions kept. */
export function fitted(width: number, height: number, longest = LONGEST): { width: number; height: number } {
  const scale = Math.min(1, longest / Math.max(width, height, 1));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/**
 * shrink makes a picture that is quickly sent. What the phone can't draw goes as
 * it is: the hall looks at everything anyway.
 */
export async function shrink(file: File): Promise<Blob> {
  const address = URL.createObjectURL(file);
  try {
    const image = await loaded(address);
    const size = fitted(image.naturalWidth, image.naturalHeight);
    const same = size.width === image.naturalWidth && size.height === image.naturalHeight;
    if (same && file.type === "image/jpeg" && file.size <= SMALL) return file;
    const canvas = document.createElement("canvas");
    Object.assign(canvas, size);
    const pen = canvas.getContext("2d");
    if (!pen) return file;
    pen.fillStyle = "#fff"; // behind what is transparent
    pen.fillRect(0, 0, size.width, size.height);
    pen.drawImage(image, 0, 0, size.width, size.height);
    const small = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    return small ?? file;
  } catch {
    return file;
  } finally {
    URL.revokeObjectURL(address);
  }
}

function loaded(address: string): Promise<HTMLImageElement> {
  return new Promise((done, fail) => {
    const image = new Image();
    image.onload = () => done(image);
    image.onerror = () => fail(new Error("not a picture"));
    image.src = address;
  });
}
