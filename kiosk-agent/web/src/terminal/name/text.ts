import { messages } from "@smarthall/ui";
import source from "./zh-CN.json";

const t = messages(source, { en: () => import("./en.json") });

/** title and hint are what self-service is called on the first page, which doesn't wait for the rest. */
export const title = () => t("terminal.title");
export const hint = () => t("terminal.hint");
