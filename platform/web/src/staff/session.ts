import { ref } from "vue";
import { ApiError, type Ask, call } from "../api";

/** Role is what a member of staff may do. */
export type Role =
  | "item-editor"
  | "item-reviewer"
  | "service-desk"
  | "identity-desk"
  | "identity-head"
  | "appointment"
  | "clerk"
  | "approver"
  | "chief-representative"
  | "supervisor"
  | "system-admin"
  | "security-admin"
  | "auditor"
  | "message-manager";

/** Member is the member of staff who is signed in. */
export interface Member {
  kind: string;
  id: string;
  name: string;
  account: string;
  organisation: string;
  /** region is the code where the roles hold, with all below it. */
  region: string;
  roles: Role[];
}

/** me is who is signed in; undefined if nobody is, or a member of the public. */
export const me = ref<Member>();

let asked: Promise<void> | undefined;

/** known asks once who is signed in. */
export function known(): Promise<void> {
  asked ??= renew().catch((err) => {
    asked = undefined;
    throw err;
  });
  return asked;
}

/** renew asks again, after a sign-in. */
export async function renew(): Promise<void> {
  const got = await call<Partial<Member>>("GET", "/me");
  me.value = got.kind === "staff" ? { ...(got as Member), roles: got.roles ?? [] } : undefined;
}

/** may tells whether who is signed in has one of the roles; no roles means all staff. */
export function may(...roles: Role[]): boolean {
  const mine = me.value?.roles;
  return mine !== undefined && (roles.length === 0 || roles.some((r) => mine.includes(r)));
}

/** signOut ends the session and goes to the sign-in. */
export async function signOut(): Promise<void> {
  await call("DELETE", "/sessions/current").catch(() => {}); // the cookie runs out by itself
  location.assign("/staff/login");
}

/**
 * ask is call for the workspace: a session that ran out leads to the sign-in,
 * and from there back to the page.
 */
export async function ask<T = void>(method: string, path: string, how: Ask = {}): Promise<T> {
  try {
    return await call<T>(method, path, how);
  } catch (err) {
    if (err instanceof ApiError && err.status === 401) leave();
    throw err;
  }
}

/** leave goes to the sign-in, and back here afterwards. */
export function leave(): void {
  const here = location.pathname + location.search;
  location.assign(`/staff/login?next=${encodeURIComponent(here)}`);
}
