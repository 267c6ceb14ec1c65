/**
 * What a site keeps (cookies, what was typed) belongs to the person who stands
 * there. In a credentialless frame it is kept for as long as the kiosk's page
 * lives, so the page begins anew when she has gone.
 */

/** LOOK is how often it is looked whether she has gone, in milliseconds. */
const LOOK = 500;

/** ephemeral tells whether this browser can let a frame have a storage of its own that ends with the page (Chrome 110). */
export const ephemeral = (): boolean => "credentialless" in HTMLIFrameElement.prototype;

/** gone tells whether the page is at home, with nothing left of how somebody wanted it. */
function gone(): boolean {
  const root = document.documentElement;
  const wanted = ["data-elder", "data-wheel", "data-contrast"].some((name) => root.hasAttribute(name));
  return !wanted && root.lang.startsWith("zh") && document.querySelector(".kiosk.home") !== null;
}

let watching: ReturnType<typeof setInterval> | undefined;

/** forget lets the page begin anew as soon as nobody is there any more. */
export function forget(begin: () => void = () => location.reload()): void {
  if (watching !== undefined) return;
  watching = setInterval(() => {
    if (!gone()) return;
    clearInterval(watching);
    watching = undefined;
    begin();
  }, LOOK);
}
