import { ask, type Role } from "../session";

/** Member is one of the staff. */
export interface Member {
  id: string;
  account: string;
  name: string;
  organisation: string;
  region: string;
  roles: Role[];
  state: "active" | "disabled";
  /** second tells whether the second factor is set up. */
  second: boolean;
}

/** Organisation is a body of the state, a department or a hall's office. */
export interface Organisation {
  id: string;
  parent?: string;
  name: string;
  region: string;
  code?: string;
  telephone?: string;
  address?: string;
}

/** ROLES are all roles, in the order of the work. */
export const ROLES: Role[] = [
  "item-editor",
  "item-reviewer",
  "service-desk",
  "identity-desk",
  "identity-head",
  "appointment",
  "clerk",
  "approver",
  "chief-representative",
  "supervisor",
  "message-manager",
  "system-admin",
  "security-admin",
  "auditor",
];

/** organisations asks for all bodies. */
export async function organisations(): Promise<Organisation[]> {
  return (await ask<{ organisations: Organisation[] }>("GET", "/organisations")).organisations;
}

/** Branch is an organisation with its depth in the tree. */
export interface Branch extends Organisation {
  depth: number;
}

/** treeOf sorts organisations so that each stands below its parent; one whose parent isn't there is a root. */
export function treeOf(list: Organisation[]): Branch[] {
  const ids = new Set(list.map((o) => o.id));
  const below = new Map<string, Organisation[]>();
  for (const o of list) {
    const parent = o.parent && o.parent !== o.id && ids.has(o.parent) ? o.parent : "";
    below.set(parent, [...(below.get(parent) ?? []), o]);
  }
  const out: Branch[] = [];
  const seen = new Set<string>();
  const walk = (parent: string, depth: number) => {
    for (const o of below.get(parent) ?? []) {
      if (seen.has(o.id)) continue;
      seen.add(o.id);
      out.push({ ...o, depth });
      walk(o.id, depth + 1);
    }
  };
  walk("", 0);
  for (const o of list) if (!seen.has(o.id)) out.push({ ...o, depth: 0 }); // a ring has no root
  return out;
}
