import { language, SOURCE } from "../i18n";
import type { DeviceView } from "../link.gen";
import { deviceCause, deviceName, deviceState } from "../states";
import { t as common } from "../text";
import { advice as worded } from "./text";

// Agents say in Chinese what to do about a device, and know its class best.
// Readers of other languages get our words for its state and class.

/**
 * deviceAdvice says what to do about a device in the language of the page; empty
 * where nothing is. What has no words of ours is in the agent's own.
 */
export function deviceAdvice({
  class: kind,
  state,
  advice = "",
}: Pick<DeviceView, "class" | "state" | "advice">): string {
  if (language.value === SOURCE || !advice) return advice;
  return worded(`${state}.${kind}`, state) ?? advice;
}

/** deviceSays are what a device tells of its cause and what to do; a cause without English words is for readers of Chinese. */
export function deviceSays(
  device: Pick<DeviceView, "class" | "state" | "detail" | "detailEn" | "advice">,
): string[] {
  const cause = language.value === SOURCE ? device.detail : device.detailEn;
  return [cause ?? "", deviceAdvice(device)].filter(Boolean);
}

/** deviceNote says all about a device that its state's word leaves out: model, cause, advice and the revision of its profile. */
export function deviceNote(device: DeviceView): string {
  const revision = device.revision ? common("ui.device.revision", { revision: device.revision }) : "";
  const blind = deviceState(device) === "open" ? common("ui.device.unasked") : "";
  return [deviceName(device), blind, deviceCause(device), deviceAdvice(device), revision]
    .filter(Boolean)
    .join(common("ui.join"));
}
