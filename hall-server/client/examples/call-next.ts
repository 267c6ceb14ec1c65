// Runs a window: calls whoever is next, serves, and goes on until nobody waits,
// or with --stay until it is interrupted.
//
//   HALL_URL=http://127.0.0.1:8080 HALL_TOKEN=… call-next.ts 4 [--stay]
//
// The token is that of the window's clerk, or of a manager.
import { setTimeout as pause } from "node:timers/promises";
import { createClient } from "@smarthall/client";

const { HALL_URL: url = "http://127.0.0.1:8080", HALL_TOKEN: token = "" } = process.env;
const [id = "4", stay] = process.argv.slice(2);
const hall = createClient({ url, token });
let stopped = false;
process.once("SIGINT", () => {
  stopped = true;
});

await hall.post("/windows/{id}/sign-in", { params: { path: { id } } });
while (!stopped) {
  // A lost answer does no harm: the client asks again under the same key and
  // gets the same ticket, not the one after it.
  const called = await hall.post("/windows/{id}/call-next", { params: { path: { id } } });
  if (called) await serve(called.ticket.id, `${called.ticket.number} (${called.reason.text})`);
  else if (stay === "--stay") await pause(2_000);
  else stopped = true;
}
await hall.post("/windows/{id}/sign-out", { params: { path: { id } } });

/** Stands in for what a clerk does. */
async function serve(ticket: string, name: string) {
  const path = { path: { id: ticket } };
  await hall.post("/tickets/{id}/arrive", { params: path });
  await hall.post("/tickets/{id}/finish", { params: path, body: { result: "accepted" } });
  console.log(`served ${name}`);
}
