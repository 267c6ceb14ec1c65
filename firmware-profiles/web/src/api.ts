import { t } from "./text";

/** run asks the simulator for an action; it throws an Error in words for the reader. */
export async function run(device: string, action: string, body?: object): Promise<void> {
  let response: Response;
  try {
    response = await fetch(`/api/devices/${encodeURIComponent(device)}/${action}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body ?? {}),
    });
  } catch {
    throw new Error(t("api.away"));
  }
  if (response.ok) return;
  throw new Error((await detailOf(response)) || t("api.failed", { status: response.status }));
}

async function detailOf(response: Response): Promise<string> {
  try {
    const { detail } = (await response.json()) as { detail?: unknown };
    return typeof detail === "string" ? detail : "";
  } catch {
    return "";
  }
}
