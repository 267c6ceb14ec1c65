import type { Field, Json, Values } from "@smarthall/ui/form";
import { t } from "./text";

/** said is a value as people read it; nothing for none. */
export function said(field: Field, value: Json): string {
  if (value === undefined || value === null || value === "") return "";
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  if (Array.isArray(value)) {
    return value
      .map((one) => said(field, one))
      .filter(Boolean)
      .join(t("join"));
  }
  if (typeof value === "object") return parts(field, value);
  const label = field.options?.find((o) => o.value === value)?.label ?? String(value);
  return field.unit ? `${label} ${field.unit}` : label;
}

/** parts reads a person or an address: of a region its name, not its code. */
function parts(field: Field, value: Values): string {
  const names = field.widget === "address" ? ["area", "street"] : Object.keys(value);
  return names
    .map((name) => value[name])
    .filter((v) => v !== undefined && v !== null && v !== "")
    .join(" ");
}
