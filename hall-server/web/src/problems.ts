import {
  type AgentView,
  type BoardView,
  type DeviceView,
  deviceWord,
  lookOf,
  type Tone,
  type TroubleView,
} from "@smarthall/ui";
import { t } from "./text";

/** Trouble is something the manager should see to. */
export interface Trouble {
  key: string;
  tone: Tone;
  /** where: the machine, window or service; what: its trouble, in one word or two. */
  where: string;
  what: string;
  place: string;
  /** since is empty where only the present counts. */
  since: string;
  advice: string;
  /** model is a device's model with the live revision of its profile; absent for all else. */
  model?: string;
  /** cost orders troubles by what they cost citizens; higher is worse. */
  cost: number;
}

/** Health counts the machines of one kind, for the line that says all else is well. */
export interface Health {
  kind: string;
  well: number;
  all: number;
}

const works = (state: string) => state === "online" || state === "paper_near_end" || state === "";

/**
 * troubles lists what doesn't work in the hall, worst for citizens first. The
 * devices of an agent that is away are not listed beside it: one cause, one line.
 */
export function troubles(board: BoardView): Trouble[] {
  const list = [...windowTroubles(board), ...serviceTroubles(board), ...placesTroubles(board)];
  for (const agent of board.agents ?? []) {
    if (!agent.online) {
      list.push(agentTrouble(agent));
      continue;
    }
    for (const told of agent.troubles ?? []) list.push(toldTrouble(agent, told));
    for (const device of agent.devices ?? []) {
      if (device.state !== "online" && device.state !== "") list.push(deviceTrouble(agent, device));
    }
  }
  return list.sort((a, b) => b.cost - a.cost || a.since.localeCompare(b.since));
}

function agentTrouble(agent: AgentView): Trouble {
  const cost = agent.role === "kiosk" ? 100 : agent.role === "display" ? 80 : 70;
  return {
    key: agent.id,
    tone: "alarm",
    where: agent.name,
    what: t("trouble.agent"),
    place: agent.place ?? "",
    since: agent.since,
    advice: t("trouble.agent.advice"),
    cost,
  };
}

/** toldTrouble is one that the hall-server has put into words. */
function toldTrouble(agent: AgentView, told: TroubleView): Trouble {
  return {
    key: `${agent.id}/${told.code}/${told.detail}`,
    tone: "pause",
    where: agent.name,
    what: told.detail,
    place: agent.place ?? "",
    since: told.since,
    advice: told.advice ?? "",
    cost: told.code === "clock.off" ? 35 : 65,
  };
}

function deviceTrouble(agent: AgentView, device: DeviceView): Trouble {
  const low = device.state === "paper_near_end" && device.paperLeft !== undefined;
  const left = low ? t("table.paperLeft", { n: device.paperLeft ?? 0 }) : "";
  return {
    key: `${agent.id}/${device.id}`,
    tone: lookOf(device.state).tone,
    where: agent.name,
    what: t("trouble.device", { device: deviceName(device), state: lookOf(device.state).word }),
    place: agent.place ?? "",
    since: device.since,
    advice: [left, device.advice].filter(Boolean).join(t("list.join")),
    model: [device.name, device.profile, device.revision].filter(Boolean).join(" · "),
    cost: deviceCost(agent, device),
  };
}

/** deviceName names a device by its kind; where an agent has several, by its own id too. */
function deviceName(device: DeviceView): string {
  const number = /-(\d+)$/.exec(device.id);
  const word = deviceWord(device.class);
  return number ? t("trouble.device.numbered", { n: number[1] ?? "", device: word }) : word;
}

function deviceCost(agent: AgentView, device: DeviceView): number {
  if (works(device.state)) return 40;
  switch (device.class) {
    case "printer":
      return 90;
    case "id-reader":
      return agent.role === "kiosk" ? 60 : 50;
    case "scanner":
    case "led":
      return 30;
    default:
      return 20;
  }
}

function windowTroubles(board: BoardView): Trouble[] {
  return (board.windows ?? [])
    .filter((w) => w.state === "anomaly")
    .map((w) => ({
      key: `window/${w.id}`,
      tone: "alarm" as const,
      where: t("window.number", { n: w.number }),
      what: lookOf("anomaly").word,
      place: [w.name, w.clerk].filter(Boolean).join(" "),
      since: w.since,
      advice: w.why ?? "",
      cost: 55,
    }));
}

function serviceTroubles(board: BoardView): Trouble[] {
  return (board.services ?? [])
    .filter((s) => s.waiting > 0 && s.openWindows === 0)
    .map((s) => ({
      key: `service/${s.id}`,
      tone: "alarm" as const,
      where: s.short || s.name,
      what: t("trouble.service", { n: s.waiting }),
      place: zoneOf(board, s.zone),
      since: "",
      advice: t("trouble.service.advice"),
      cost: 85 + Math.min(s.waiting, 100) / 100,
    }));
}

/** FEW is from how many places left on a quota is nearly used up. */
export const FEW = 5;

function placesTroubles(board: BoardView): Trouble[] {
  return (board.services ?? []).flatMap((s) => {
    const left = s.placesLeft;
    if (left === undefined || left > FEW) return [];
    return [
      {
        key: `places/${s.id}`,
        tone: "pause" as const,
        where: s.short || s.name,
        what: left === 0 ? t("trouble.places.none") : t("trouble.places", { n: left }),
        place: zoneOf(board, s.zone),
        since: "",
        advice: t("trouble.places.advice"),
        cost: left === 0 ? 58 : 25,
      },
    ];
  });
}

function zoneOf(board: BoardView, id: string): string {
  return board.hall.zones?.find((z) => z.id === id)?.name ?? "";
}

/** health counts agents and devices that work, by kind, in the order kinds appear. */
export function health(board: BoardView): Health[] {
  const counts = new Map<string, Health>();
  const count = (kind: string, well: boolean) => {
    const h = counts.get(kind) ?? { kind, well: 0, all: 0 };
    counts.set(kind, { kind, well: h.well + (well ? 1 : 0), all: h.all + 1 });
  };
  for (const agent of board.agents ?? []) {
    count(t("health.agents"), agent.online);
    for (const device of agent.devices ?? []) {
      count(deviceWord(device.class), agent.online && works(device.state));
    }
  }
  return [...counts.values()];
}
