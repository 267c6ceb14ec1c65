// The demo's booked visits: for the people whose cards the simulated readers
// deal out first, so that laying one shows an appointment to check in.

/** The check digit of GB 11643 behind seventeen digits. */
function withCheck(digits) {
  let weight = 1;
  let sum = 0;
  for (const digit of [...digits].reverse()) {
    weight = (weight * 2) % 11;
    sum += Number(digit) * weight;
  }
  return digits + "10X98765432"[sum % 11];
}

/** The ID number of a simulated citizen's card; it belongs to nobody. */
export const cardNumber = (birth, male) =>
  withCheck(`110000${birth.replaceAll("-", "")}${male ? "001" : "000"}`);

const holders = [
  { name: "王样例", idNumber: cardNumber("1988-05-17", false), service: "social-insurance", inMinutes: 0 },
  { name: "李测试", idNumber: cardNumber("1975-11-02", true), service: "tax", inMinutes: 60 },
  { name: "赵长者", idNumber: cardNumber("1949-01-08", true), service: "social-card", inMinutes: -60 },
];

const slot = 30 * 60_000;

/**
 * The appointments around now, with ids that are the same for a whole slot, so
 * that a second start books nothing twice.
 * @param {Date} now the hall's time
 */
export function demoAppointments(now) {
  const begin = Math.floor(now.getTime() / slot) * slot;
  return holders.map(({ name, idNumber, service, inMinutes }, i) => {
    const from = begin + inMinutes * 60_000;
    return {
      id: `demo-${from / slot}-${i}`,
      code: `${(from / slot) % 1_000_000}${i}`,
      service,
      from: new Date(from).toISOString(),
      to: new Date(from + slot).toISOString(),
      person: { name, idNumber },
      via: "portal",
    };
  });
}

/** Brings them into the hall at url. */
export async function importAppointments(url, token) {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const board = await (await fetch(`${url}/api/v1/board`, { headers })).json();
  const res = await fetch(`${url}/api/v1/appointments/import`, {
    method: "POST",
    headers,
    body: JSON.stringify({ appointments: demoAppointments(new Date(board.now)) }),
  });
  if (!res.ok) throw new Error(`import appointments: ${(await res.json()).detail}`);
}
