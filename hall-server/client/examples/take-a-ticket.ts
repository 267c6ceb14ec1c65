// Takes a ticket for a service and tells what its paper would say.
//
//   HALL_URL=http://127.0.0.1:8080 HALL_TOKEN=… take-a-ticket.ts tax
//
// The token is that of a kiosk, a clerk or a manager.
import { createClient, Problem } from "@smarthall/client";

const { HALL_URL: url = "http://127.0.0.1:8080", HALL_TOKEN: token = "" } = process.env;
const [service = "tax"] = process.argv.slice(2);
const hall = createClient({ url, token });

try {
  const ticket = await hall.post("/tickets", {
    body: { service, channel: "phone", person: { name: "王小明", phone: "13800000012" } },
  });
  console.log(`${ticket.number} ${ticket.serviceName}, ${ticket.ahead} before you`);
  console.log(ticket.url);
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  // One sentence that can be shown to the citizen as it is.
  console.error(error.detail || error.message);
  process.exitCode = 1;
}
