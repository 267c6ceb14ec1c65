import { ApiError, problemOf } from "../../api";
import { t } from "./text";

export type VersionState = "draft" | "proposed" | "published" | "replaced";

/** Kept is a flow in the list; one without an organisation is a template. */
export interface Kept {
  id: string;
  name: string;
  organisation?: string;
  published: number;
  open: number;
  openState?: VersionState;
  items?: string[];
  changed: string;
  editable: boolean;
  publishable: boolean;
  withdrawable: boolean;
}

/** Version is one version of a flow. */
export interface Version {
  definition: string;
  version: number;
  state: VersionState;
  edition: number;
  note?: string;
  changed: string;
  published?: string;
}

/** Finding is something wrong with a drawing; a severe one keeps it from being published. */
export interface Finding {
  element?: string;
  severe: boolean;
  text: string;
}

/** Work is a version with all that is known of it. */
export interface Work extends Version {
  body: { name: string };
  findings: Finding[];
  versions: Version[];
}

/** Trial is what became of a case that was only imagined. */
export interface Trial {
  steps: { node: string; name: string; kind: string; result?: "approve" | "refuse"; days?: number }[];
  ended: boolean;
  approved: boolean;
  days: number;
  findings: Finding[];
}

/** Organisation is one that may be asked. */
export interface Organisation {
  id: string;
  name: string;
}

/** KINDS draws states as kinds of StateTag. */
export const KINDS = { draft: "work", proposed: "wait", published: "good", replaced: "off" } as const;

/** drawingOf is a flow as BPMN. */
export async function drawingOf(id: string, version = 0): Promise<string> {
  let response: Response;
  try {
    response = await fetch(bpmnAt(id, version), { credentials: "same-origin", cache: "no-store" });
  } catch {
    throw new ApiError(0, "", t("away"));
  }
  const text = await response.text();
  if (!response.ok) throw problemOf(response.status, text);
  return text;
}

/** bpmnAt is where a flow's drawing is read as BPMN. */
export const bpmnAt = (id: string, version = 0): string =>
  `/api/v1/flows/${encodeURIComponent(id)}/bpmn${version > 0 ? `?version=${version}` : ""}`;
