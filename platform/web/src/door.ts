/**
 * nextPage is where a sign-in goes on to: the page that sent the reader here,
 * on this site, or her own space.
 */
export function nextPage(search: string, fallback = "/my"): string {
  const next = new URLSearchParams(search).get("next") ?? "";
  if (!/^\/(?![/\\])/.test(next)) return fallback;
  try {
    const url = new URL(next, location.origin);
    return url.origin === location.origin ? url.pathname + url.search + url.hash : fallback;
  } catch {
    return fallback;
  }
}

/** toLogin goes to the sign-in, and back here afterwards. */
export function toLogin(): void {
  location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
}
