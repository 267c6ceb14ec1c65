// Simulated citizens and clerks for `make run TRAFFIC=1`: people take tickets
// all day, some have booked, windows 2 to 12 call and serve them, some don't
// come, some are parked or sent on, most rate.
// Window 1 is left for whoever tries the hall. Everything goes through the REST
// API, as another system would do it.
const hall = process.env.HALL;
const speed = Number(process.env.SPEED || 4);
const bearer = { kiosk: process.env.KIOSK_TOKEN, staff: process.env.STAFF_TOKEN };
const clerks = {
  2: "wang",
  3: "zhao",
  4: "chen",
  5: "liu",
  6: "sun",
  7: "zhou",
  8: "wu",
  9: "zheng",
  10: "feng",
  11: "he",
  12: "xu",
};
// Mean minutes at the window by service, and how many people come per hour.
const services = {
  "business-licence": [9, 3],
  "food-licence": [10, 2],
  tax: [6, 9],
  "real-estate": [11, 8],
  "social-insurance": [6, 10],
  "social-card": [5, 12],
  "medical-insurance": [6, 9],
  "id-card": [6, 12],
  "exit-entry": [8, 8],
};

// Where some go on after their first window.
const onward = { "business-licence": "tax", "social-insurance": "social-card", "id-card": "exit-entry" };

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => stop.abort());

/** Waits for minutes of the hall's time; ends early when stopped. */
function pause(minutes) {
  return new Promise((resolve) => {
    const timer = setTimeout(done, (minutes * 60_000) / speed);
    stop.signal.addEventListener("abort", done, { once: true });
    function done() {
      clearTimeout(timer);
      stop.signal.removeEventListener("abort", done);
      resolve();
    }
  });
}

const exponential = (mean) => -Math.log(1 - Math.random()) * mean;
const pick = (...weighted) => {
  let left = Math.random() * weighted.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [value, weight] of weighted) {
    left -= weight;
    if (left < 0) return value;
  }
  return weighted[0][0];
};

/** Calls the API; null means nobody waits, undefined that it was refused. */
async function api(role, path, body) {
  const res = await fetch(`${hall}/api/v1${path}`, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${bearer[role]}`,
      "Content-Type": "application/json",
      "Idempotency-Key": crypto.randomUUID(),
    },
    body: body ? JSON.stringify(body) : undefined,
    signal: AbortSignal.any([stop.signal, AbortSignal.timeout(10_000)]),
  });
  if (res.status === 204) return null;
  const answer = await res.json();
  if (res.ok) return answer;
  if (res.status >= 500) throw new Error(`${path}: ${answer.code}`);
  return undefined;
}

async function citizens(service, perHour) {
  const family = "王李张刘陈杨黄赵周吴徐孙".split("");
  // The first are at the door before it opens.
  let early = 3;
  while (!stop.signal.aborted) {
    if (early-- <= 0) await pause(exponential(60 / perHour));
    const phone = `1380000${String(Math.floor(Math.random() * 10_000)).padStart(4, "0")}`;
    const person = { name: `${family[Math.floor(Math.random() * family.length)]}某`, phone };
    await attempt(async () => {
      if (Math.random() < 0.12) return booked(service, person);
      const ticket = await api("kiosk", "/tickets", {
        service,
        channel: pick(["card", 6], ["phone", 3], ["mobile", 1]),
        person,
      });
      if (ticket && Math.random() < 0.02) {
        await pause(5);
        await api("kiosk", `/tickets/${ticket.id}/cancel`, { reason: "不想等了" });
      }
    });
  }
}

/** Books the next half hour, comes to it or doesn't. */
async function booked(service, person) {
  const slot = 30 * 60_000;
  const from = Math.ceil((await hallTime()) / slot) * slot;
  const appointment = await api("kiosk", "/appointments", {
    service,
    from: new Date(from).toISOString(),
    to: new Date(from + slot).toISOString(),
    person,
    via: pick(["portal", 5], ["app", 3], ["wechat", 2]),
  });
  if (!appointment || Math.random() < 0.1) return;
  // Slots are of the true clock, however fast people are.
  await pause(speed * Math.max((from - (await hallTime())) / 60_000 - 10 + exponential(8), 0));
  await api("kiosk", `/appointments/${appointment.id}/check-in`);
}

/** The hall's time in milliseconds; its clock may have been set. */
async function hallTime() {
  const res = await fetch(`${hall}/api/v1/board`, {
    headers: { Authorization: `Bearer ${bearer.staff}` },
    signal: AbortSignal.any([stop.signal, AbortSignal.timeout(10_000)]),
  });
  return Date.parse((await res.json()).now);
}

async function clerk(window, staff) {
  await attempt(() => api("staff", `/windows/${window}/sign-in`, { staff }));
  while (!stop.signal.aborted) {
    await attempt(async () => {
      const called = await api("staff", `/windows/${window}/call-next`);
      if (!called) return pause(0.3);
      await serve(called.ticket);
      await pause(0.3);
      if (Math.random() < 0.02) await rest(window);
    });
  }
}

async function serve(ticket) {
  const path = `/tickets/${ticket.id}`;
  await pause(0.3 + exponential(0.3));
  if (Math.random() < 0.06) {
    await pause(0.7);
    await api("staff", `${path}/recall`);
    await pause(1);
    if (Math.random() < 0.7) {
      await api("staff", `${path}/no-show`);
      if (Math.random() < 0.5) await api("kiosk", `${path}/rejoin`);
      return;
    }
  }
  await api("staff", `${path}/arrive`);
  const [mean] = services[ticket.service];
  await pause(mean * (0.4 + exponential(0.6)));
  if (Math.random() < 0.04)
    return api("staff", `${path}/park`, { reason: pick(["去复印材料", 2], ["补签字", 1]), minutes: 5 });
  const next = onward[ticket.service];
  if (next && Math.random() < 0.05)
    return api("staff", `${path}/transfer`, { service: next, reason: "材料齐了，接着办" });
  await api("staff", `${path}/finish`);
  if (Math.random() < 0.8)
    await api("staff", `${path}/rate`, { score: pick([5, 80], [4, 14], [3, 4], [2, 1], [1, 1]) });
}

async function rest(window) {
  await api("staff", `/windows/${window}/pause`, {
    text: pick(["设备调试，请稍候", 1], ["暂停办理，请到其他窗口", 1]),
  });
  await pause(3 + exponential(4));
  await api("staff", `/windows/${window}/continue`);
}

/** A fault of one moment must not end the day. */
async function attempt(act) {
  try {
    await act();
  } catch (err) {
    if (stop.signal.aborted) return;
    console.error(`traffic: ${err.message}`);
    await pause(speed / 60);
  }
}

for (;;) {
  try {
    if ((await fetch(`${hall}/readyz`)).ok) break;
  } catch {
    await pause(speed / 120);
  }
}
await Promise.all([
  ...Object.entries(services).map(([service, [, perHour]]) => citizens(service, perHour)),
  ...Object.entries(clerks).map(([window, staff]) => clerk(window, staff)),
]);
