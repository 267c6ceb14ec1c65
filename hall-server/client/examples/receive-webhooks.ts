// Has the hall's calls sent here and prints them, until it is interrupted or,
// with a number, until that many came.
//
//   HALL_URL=http://127.0.0.1:8080 HALL_TOKEN=… receive-webhooks.ts [number]
//
// The token is that of a manager. A real receiver registers once, keeps the
// secret and remembers the ids it has seen across restarts; this one starts
// anew each time.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createClient, verifyWebhook, WebhookError } from "@smarthall/client";

const { HALL_URL: url = "http://127.0.0.1:8080", HALL_TOKEN: token = "" } = process.env;
const [enough = "0"] = process.argv.slice(2);
const hall = createClient({ url, token });
const seen = new Set<string>();
let secret = "";

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  try {
    const event = await verifyWebhook(secret, request.headers, Buffer.concat(chunks));
    const id = String(request.headers["webhook-id"]);
    if (!seen.has(id)) console.log(`${event.type} ${event.ticket?.number} to window ${event.ticket?.window}`);
    seen.add(id);
    // Only now: whatever isn't answered by 2xx comes again.
    response.writeHead(204).end();
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error;
    response.writeHead(401).end();
  }
  if (seen.size === Number(enough)) process.emit("SIGINT");
});

await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
const { port } = server.address() as AddressInfo;
const webhook = await hall.post("/webhooks", {
  body: { url: `http://127.0.0.1:${port}/hall`, events: ["ticket.called", "ticket.recalled"] },
});
secret = webhook.secret ?? "";
console.log(`listening as webhook ${webhook.id}`);

process.once("SIGINT", async () => {
  await hall.delete("/webhooks/{id}", { params: { path: { id: webhook.id } } });
  server.close();
  server.closeAllConnections();
});
