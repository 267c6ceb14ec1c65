const NAME = "elder";

/** elder tells whether large type was chosen, here or on the portal's other pages (by the same cookie). */
export function elder(): boolean {
  const on = new RegExp(`(?:^|; )${NAME}=1`).test(document.cookie);
  mark(on);
  return on;
}

/** setElder chooses large type for a year, or ends it. */
export function setElder(on: boolean): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the server-rendered pages read the same cookie
  document.cookie = `${NAME}=${on ? "1" : ""}; path=/; max-age=${on ? 31536000 : 0}; samesite=lax`;
  mark(on);
}

function mark(on: boolean): void {
  document.documentElement.toggleAttribute("data-elder", on);
}
