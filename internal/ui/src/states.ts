import { language, SOURCE } from "./i18n";
import type { DeviceView } from "./link.gen";
import { t } from "./text";

/** Tone is a colour with a meaning; StateBadge draws a shape for each. */
export type Tone = "idle" | "busy" | "pause" | "away" | "alarm";

interface Look {
  tone: Tone;
  word: string;
}

/** tones are the known states' tones; the words are texts by the same name. */
const tones = {
  // The five window states.
  "window.signed-out": "away",
  "window.idle": "idle",
  "window.serving": "busy",
  "window.paused": "pause",
  "window.anomaly": "alarm",
  // The neutral device states.
  "device.online": "idle",
  "device.paper_near_end": "pause",
  "device.paper_end": "alarm",
  "device.cover_open": "alarm",
  "device.jam": "alarm",
  "device.fault": "alarm",
  "device.unauthorised": "alarm",
  "device.offline": "alarm",
  // Online, of a device that can't be asked.
  "device.open": "away",
} as const satisfies Record<string, Tone>;
type Known = keyof typeof tones;

const known = (name: string): name is Known => name in tones;

/** lookOf is how a window's or device's state is shown; unknown ones are grey. */
export function lookOf(state: string): Look {
  const name = [`window.${state}`, `device.${state}`].find(known);
  return name ? { tone: tones[name], word: t(`ui.${name}`) } : { tone: "away", word: t("ui.unknown") };
}

/** deviceState is a device's state for lookOf: of one that can't be asked, online says only that its port is open. */
export function deviceState(device: Pick<DeviceView, "state" | "unasked">): string {
  return device.unasked && device.state === "online" ? "open" : device.state;
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
    case "button":
      return t("ui.class.button");
    case "sensor":
      return t("ui.class.sensor");
    default:
      return t("ui.class.other");
  }
}

/** deviceName is a device's model in the language of the page, English for all but Chinese. */
export const deviceName = (device: Pick<DeviceView, "name" | "nameEn">): string =>
  (language.value !== SOURCE && device.nameEn) || device.name;

/** deviceCause is what a device tells of its state in the language of the page. */
export const deviceCause = (device: Pick<DeviceView, "detail" | "detailEn">): string =>
  (language.value !== SOURCE && device.detailEn) || device.detail || "";

/** deviceHelp is what a device's profile tells of setting it up, in the language of the page. */
export const deviceHelp = (device: Pick<DeviceView, "help" | "helpEn">): string =>
  (language.value !== SOURCE && device.helpEn) || device.help || "";

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
