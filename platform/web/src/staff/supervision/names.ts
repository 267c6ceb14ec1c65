import { shallowRef } from "vue";
import { ask, me } from "../session";
import { t } from "./text";

/** Named is an organisation, a hall or a region by its name. */
export interface Named {
  id: string;
  name: string;
  region: string;
}

/** organisations, halls and regions have names that pages show. */
export const organisations = shallowRef<Named[]>([]);
export const halls = shallowRef<Named[]>([]);
export const regions = shallowRef<Named[]>([]);

let asked: Promise<void> | undefined;

/** loadNames asks for the names once; without them ids are shown. */
export function loadNames(): Promise<void> {
  asked ??= load().catch(() => {
    asked = undefined;
  });
  return asked;
}

async function load() {
  const own = me.value?.region ?? "";
  const [bodies, places, below] = await Promise.all([
    ask<{ organisations: Named[] }>("GET", "/organisations"),
    ask<{ halls: Named[] }>("GET", "/halls"),
    ask<{ regions: { code: string; name: string }[] }>("GET", `/regions?below=${encodeURIComponent(own)}`),
  ]);
  organisations.value = bodies.organisations;
  halls.value = places.halls;
  regions.value = [
    { id: own, name: t("region.own"), region: own },
    ...below.regions.map((r) => ({ id: r.code, name: r.name, region: r.code })),
  ];
}

const nameIn = (list: Named[], id: string | undefined) => list.find((n) => n.id === id)?.name ?? id ?? "";

export const organisationName = (id: string | undefined): string => nameIn(organisations.value, id);
export const hallName = (id: string | undefined): string => (id ? nameIn(halls.value, id) : t("hall.none"));
export const regionName = (id: string): string => nameIn(regions.value, id);
