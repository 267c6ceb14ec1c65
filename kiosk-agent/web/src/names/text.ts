import { messages } from "@smarthall/ui";
import source from "./zh-CN.json";

const t = messages(source, { en: () => import("./en.json") });

/**
 * names are what areas are called at home, with what they are for. They stand
 * apart from the areas' own texts, which are fetched with them.
 */
export const names = {
  hall: () => t("names.hall"),
  hallHint: () => t("names.hallHint"),
  licences: () => t("names.licences"),
  licencesHint: () => t("names.licencesHint"),
  query: () => t("names.query"),
  queryHint: () => t("names.queryHint"),
  samples: () => t("names.samples"),
  samplesHint: () => t("names.samplesHint"),
  sites: () => t("names.sites"),
  sitesHint: () => t("names.sitesHint"),
};
