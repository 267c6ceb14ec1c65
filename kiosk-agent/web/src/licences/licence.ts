import { language } from "@smarthall/ui";
import { type Door, Refusal } from "../terminal/door";
import { t } from "./text";

/** Licence is one of her valid licences, masked where others may look over her shoulder. */
export interface Licence {
  id: string;
  name: string;
  /** number and holder are masked. */
  number: string;
  holder: string;
  issuer: string;
  /** from and until are days, as 2026-11-24; without until it doesn't end. */
  from: string;
  until?: string;
  /** left is how often it can be printed today. */
  left: number;
}

/** PRINTING is how long a sheet may take to come out, in ms: longer than the machine's program waits for its printer. */
const PRINTING = 200_000;

/** read lists what the card's holder can print. */
export const read = async (door: Door) =>
  (await door.own<{ licences: Licence[] }>("GET", "/licences")).licences;

/** print resolves once the sheet has come out. face is how the comparison of faces ended, where there was one. */
export const print = (door: Door, id: string, face?: string) =>
  door.own("POST", `/licences/${encodeURIComponent(id)}/prints`, face ? { face } : {}, undefined, PRINTING);

/** faced is the door for the comparison of faces: staff vouch for who needs no account. */
export const faced = (door: Door): Door => ({
  ...door,
  own: (method, path, body, key, patience) =>
    door.own(method, path === "/voucher" ? "/licences/voucher" : path, body, key, patience),
});

/** day is a day as people write it. */
export function day(iso: string): string {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) return iso;
  return new Intl.DateTimeFormat(language.value, { dateStyle: "long", timeZone: "UTC" }).format(at);
}

/** span is how long a licence is valid. */
export const span = ({ from, until }: Pick<Licence, "from" | "until">) =>
  until
    ? t("licences.span", { from: day(from), until: day(until) })
    : t("licences.forever", { from: day(from) });

/** AWAY are the codes of a platform that nobody reaches. */
const AWAY = ["platform.away", "platform.none", "node.topic"];

/** words say why something wasn't done; other is for what nobody has words for. */
export function words(err: unknown, other: string): string {
  if (!(err instanceof Refusal)) return other;
  if (err.status === 0 || AWAY.includes(err.code)) return t("licences.away");
  return err.code ? err.message : other;
}
