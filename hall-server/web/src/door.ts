/** toLogin leaves for the sign-in page, which comes back here. */
export function toLogin(): void {
  const here = location.pathname + location.search;
  location.assign(`/login?next=${encodeURIComponent(here)}`);
}

/**
 * nextPage is where to go after signing in: only a path of this server, so
 * that a forged link can't lead staff to another one.
 */
export function nextPage(search: string): string {
  const next = new URLSearchParams(search).get("next") ?? "";
  const path = /^\/(?![/\\])[\w\-./?=&%~]*$/.test(next);
  return path && !next.startsWith("/login") ? next : "/admin";
}
