import { type BoardView, deviceWord } from "@smarthall/ui";
import { t } from "./text";

/** Health counts the machines of one kind, for the line that says all else is well. */
export interface Health {
  kind: string;
  well: number;
  all: number;
}

const works = (state: string) => state === "online" || state === "paper_near_end" || state === "";

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
