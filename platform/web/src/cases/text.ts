import { messages } from "@smarthall/ui";
import zh from "./zh-CN.json";

/** t gives the texts of cases: their page, their list, what is brought for them. */
export const t = messages(zh);
