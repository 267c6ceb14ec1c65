import { messages } from "@smarthall/ui";
import zh from "./zh-CN.json";

/** t gives the texts of the licences' pages. */
export const t = messages(zh);
