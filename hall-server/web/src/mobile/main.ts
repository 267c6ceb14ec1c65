import { Live } from "./live";
import { phoneBell, Ring } from "./ring";

/** follow makes the page that the server wrote live: on /mobile there is none. */
function follow() {
  const ring = new Ring(phoneBell(), (ringing) => document.body.classList.toggle("ringing", ringing));
  // After a form without a script the address has a verb behind the ticket.
  const live = new Live(location.pathname.split("/").slice(0, 3).join("/"), ring);
  const button = document.getElementById("ring-on");
  button?.addEventListener("click", async () => {
    await ring.enable();
    button.hidden = true;
    document.getElementById("ring-done")?.removeAttribute("hidden");
    await navigator.wakeLock?.request("screen").catch(() => undefined);
  });
  // Whoever touches the phone has heard it.
  for (const event of ["pointerdown", "keydown"]) document.addEventListener(event, () => ring.hush());
  live.start();
}

if (document.getElementById("part")) follow();
