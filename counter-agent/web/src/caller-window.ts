/** The small window's size in CSS pixels. */
const width = 320;
const height = 200;

/** The part of the Document Picture-in-Picture API that is used; Chrome has it from 116 on. */
interface PictureInPicture {
  requestWindow(size: { width: number; height: number }): Promise<Window>;
}

/**
 * openCaller opens the small caller above all other windows, where the browser
 * can do that, else as a small window of its own.
 */
export async function openCaller(): Promise<void> {
  const pip = (globalThis as { documentPictureInPicture?: PictureInPicture }).documentPictureInPicture;
  if (!pip) return popUp();
  try {
    const view = await pip.requestWindow({ width, height });
    const frame = view.document.createElement("iframe");
    frame.src = new URL("caller", location.href).href;
    frame.style.cssText = "position:fixed;inset:0;width:100%;height:100%;border:0";
    view.document.body.append(frame);
    frame.focus();
  } catch {
    popUp();
  }
}

function popUp(): void {
  globalThis.open("caller", "smarthall-caller", `popup,width=${width},height=${height}`);
}
