import type { DeviceView } from "./link.gen";
import { t } from "./text";

/** Tone is a colour with a meaning; StateBadge draws a shape for each. */
export type Tone = "idle" | "busy" | "pause" | "away" | "alarm";

interface Look {
  tone: Tone;
  word: string;
}

const looks: Record<string, Look> = {
  // The five window states.
  "signed-out": { tone: "away", word: t("ui.window.signed-out") },
  idle: { tone: "idle", word: t("ui.window.idle") },
  serving: { tone: "busy", word: t("ui.window.serving") },
  paused: { tone: "pause", word: t("ui.window.paused") },
  anomaly: { tone: "alarm", word: t("ui.window.anomaly") },
  // The neutral device states.
  online: { tone: "idle", word: t("ui.device.online") },
  paper_near_end: { tone: "pause", word: t("ui.device.paper_near_end") },
  paper_end: { tone: "alarm", word: t("ui.device.paper_end") },
  cover_open: { tone: "alarm", word: t("ui.device.cover_open") },
  jam: { tone: "alarm", word: t("ui.device.jam") },
  fault: { tone: "alarm", word: t("ui.device.fault") },
  unauthorised: { tone: "alarm", word: t("ui.device.unauthorised") },
  offline: { tone: "alarm", word: t("ui.device.offline") },
};

/** lookOf is how a window's or device's state is shown; unknown ones are grey. */
export function lookOf(state: string): Look {
  return looks[state] ?? { tone: "away", word: t("ui.unknown") };
}

/** deviceWord is what people call a device of this class. */
export function deviceWord(kind: string): string {
  switch (kind) {
    case "printer":
      return t("ui.class.printer");
    case "id-reader":
      return t("ui.class.id-reader");
    case "scanner":
      return t("ui.class.scanner");
    case "led":
      return t("ui.class.led");
    case "pad":
      return t("ui.class.pad");
    case "label-printer":
      return t("ui.class.label-printer");
    case "keypad":
      return t("ui.class.keypad");
    case "page-printer":
      return t("ui.class.page-printer");
    case "camera":
      return t("ui.class.camera");
    case "document-scanner":
      return t("ui.class.document-scanner");
    case "speaker":
      return t("ui.class.speaker");
    default:
      return t("ui.class.other");
  }
}

/** deviceNote says all about a device that its state's word leaves out: model, cause, advice and the revision of its profile. */
export function deviceNote(device: DeviceView): string {
  const revision = device.revision ? t("ui.device.revision", { revision: device.revision }) : "";
  return [device.name, device.detail, device.advice, revision].filter(Boolean).join(t("ui.join"));
}

/** scoreWord is a rating's word: 5 is the best, 1 the worst. */
export function scoreWord(score: number): string {
  switch (score) {
    case 5:
      return t("ui.score.5");
    case 4:
      return t("ui.score.4");
    case 3:
      return t("ui.score.3");
    case 2:
      return t("ui.score.2");
    default:
      return t("ui.score.1");
  }
}
