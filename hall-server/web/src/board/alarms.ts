import { deviceWord, lookOf, named } from "@smarthall/ui";
import { deviceAdvice } from "@smarthall/ui/devices";
import { said, troubleAdvice } from "../said";
import { t } from "../text";
import type { Alarm, Subject } from "./types";

/** where names what an alarm is about. */
export function where(a: Alarm): string {
  switch (a.kind) {
    case "attendance":
      return t("window.number", { n: a.name });
    case "platform":
    case "numbers":
      return t("where.platform");
    case "satisfaction":
      return t("where.hall");
    case "rating":
      return t("where.ticket", { number: a.number ?? "" });
    default:
      return named(a.name);
  }
}

/** device names an alarm's device by its kind; where an agent has several, by its number too. */
function device(a: Alarm): string {
  const word = deviceWord(a.class ?? "");
  const number = /-(\d+)$/.exec(a.device ?? "");
  return number ? t("trouble.device.numbered", { n: number[1] ?? "", device: word }) : word;
}

/** cause says what is wrong, in a few words. */
export function cause(a: Alarm): string {
  const n = Math.round(a.count ?? 0);
  switch (a.kind) {
    case "agent-away":
      return t("trouble.agent");
    case "device":
      return t("trouble.device", { device: device(a), state: lookOf(a.state ?? "").word });
    case "help":
      return t("cause.help");
    case "attendance":
      return lookOf("anomaly").word;
    case "long-wait":
      return t("cause.wait", { n: Math.floor(a.count ?? 0), target: Math.round(a.limit ?? 0) });
    case "no-window":
      return t("trouble.service", { n });
    case "places":
      return n === 0 ? t("trouble.places.none") : t("trouble.places", { n });
    case "platform":
      return t("cause.platform");
    case "numbers":
      return n === 0 ? t("cause.numbers.none") : t("cause.numbers", { n });
    case "rating":
      return t("cause.rating", { n });
    case "satisfaction":
      return t("cause.satisfaction", { n: share(a.count), target: share(a.limit) });
    default:
      return said(a.detail, a.said);
  }
}

/** place is where the thing is; of a window also who sits there. */
export function place(a: Alarm): string {
  if (a.kind !== "attendance") return named(a.place ?? "");
  return (a.place ?? "").split(" ").map(named).join(" ");
}

/** share rounds down, so that a target that is missed doesn't look met. */
const share = (n = 0) => Math.floor(n * 10) / 10;

/** effect says what it means for citizens. */
export function effect(a: Alarm): string {
  const n = Math.max(1, Math.round(a.people));
  switch (a.kind) {
    case "help":
      return t(a.role === "kiosk" ? "effect.help" : "effect.help.place");
    case "rating":
      return t("effect.rating");
    case "platform":
      return t("effect.platform");
    case "numbers":
      return t("effect.numbers");
    case "trouble":
      return t("effect.trouble");
    case "satisfaction":
      return t("effect.satisfaction", { n });
    case "long-wait":
    case "no-window":
      return t("effect.queue", { n });
    case "places":
      return a.people > 1 ? t("effect.places", { n }) : t("effect.soon");
    case "attendance":
      return a.people >= 1 ? t("effect.window", { n }) : t("effect.none");
  }
  if (a.tone === "pause") return t("effect.soon");
  if (a.role === "kiosk") return a.people >= 1 ? t("effect.kiosk", { n }) : t("effect.kiosk.few");
  if (a.role === "display") return a.people >= 1 ? t("effect.display", { n }) : t("effect.none");
  return a.people >= 1 ? t("effect.window", { n }) : t("effect.none");
}

/** advice says what to do, and the words that explain the cause. */
export function advice(a: Alarm): string {
  const paper = a.state === "paper_near_end" && a.count ? t("table.paperLeft", { n: a.count }) : "";
  switch (a.kind) {
    case "agent-away":
      return t("trouble.agent.advice");
    case "no-window":
      return t("trouble.service.advice");
    case "places":
      return t("trouble.places.advice");
    case "attendance":
      return said(a.detail, a.said);
    case "long-wait":
      return t("advice.wait");
    case "help":
      return t(a.role === "kiosk" ? "advice.help" : "advice.help.place");
    case "platform":
      return t("advice.platform");
    case "numbers":
      return t("advice.numbers");
    case "rating":
      return t("advice.rating");
    default:
      return [paper, adviceOf(a)].filter(Boolean).join(t("list.join"));
  }
}

/** adviceOf is the server's advice on a device or a trouble. */
function adviceOf(a: Alarm): string {
  if (a.kind !== "device") return troubleAdvice(a);
  return deviceAdvice({ class: a.class ?? "", state: a.state ?? "", advice: a.advice });
}

/** subject is what a click on an alarm opens. */
export function subject(a: Alarm): Subject | undefined {
  if (a.ticket) return { kind: "ticket", id: a.ticket };
  if (a.service) return { kind: "service", id: a.service };
  if (a.kind === "attendance" && a.window) return { kind: "window", id: a.window };
  if (a.agent) return { kind: "agent", id: a.agent };
  return undefined;
}
