/** TABS are the parts of the administration, in their order. */
export const TABS = [
  "overview",
  "settings",
  "plan",
  "strategy",
  "appointments",
  "numbers",
  "config",
] as const;
export type Tab = (typeof TABS)[number];

/** tabOf is the tab that an address's hash names; the overview for others. */
export function tabOf(hash: string): Tab {
  return TABS.find((name) => hash === `#${name}`) ?? "overview";
}
