import { messages } from "@smarthall/ui";
import zh from "./zh-CN.json";

/** t gives the texts of this page. */
export const t = messages(zh);
