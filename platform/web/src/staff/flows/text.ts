import { messages } from "@smarthall/ui";
import zh from "./zh-CN.json";

/** t gives the texts of the flows' pages. */
export const t = messages(zh);
