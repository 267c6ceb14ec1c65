// Brings the bookings of another system into the hall. Run it as often as you
// like, every few minutes say: what the hall has already stays as it is.
//
//   HALL_URL=http://127.0.0.1:8080 HALL_TOKEN=… import-appointments.ts bookings.json
//
// The token is that of a manager. The file is a list such as
//
//   [{"number": "YY-1", "service": "tax", "start": "2026-11-23T09:00:00+08:00",
//     "minutes": 30, "name": "王小明", "phone": "13800000012"}]
import { readFile } from "node:fs/promises";
import { createClient, Problem, type Schemas } from "@smarthall/client";

/** A booking as the other system exports it. */
interface Booking {
  number: string;
  service: string;
  start: string;
  minutes: number;
  name: string;
  phone: string;
  cancelled?: boolean;
}

const { HALL_URL: url = "http://127.0.0.1:8080", HALL_TOKEN: token = "" } = process.env;
const [file = "bookings.json"] = process.argv.slice(2);
const hall = createClient({ url, token });
const bookings: Booking[] = JSON.parse(await readFile(file, "utf8"));

try {
  for (let at = 0; at < bookings.length; at += 500) {
    const appointments = bookings.slice(at, at + 500).map(translate);
    const answer = await hall.post("/appointments/import", { body: { appointments } });
    console.log(`sent ${answer.received}, the hall has ${answer.appointments}`);
  }
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  console.error(error.detail || error.message);
  for (const wrong of error.errors ?? []) console.error(`${wrong.location}: ${wrong.message}`);
  process.exitCode = 1;
}

/** A booking as the hall knows it. Its number stays its name for ever. */
function translate(booking: Booking): Schemas["ImportedAppointment"] {
  const from = new Date(booking.start);
  return {
    id: booking.number,
    service: booking.service,
    from: from.toISOString(),
    to: new Date(from.getTime() + booking.minutes * 60_000).toISOString(),
    person: { name: booking.name, phone: booking.phone },
    via: "portal",
    ...(booking.cancelled ? { cancelled: true } : {}),
  };
}
