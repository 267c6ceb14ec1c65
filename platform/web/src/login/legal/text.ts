import { messages } from "@smarthall/ui";
import zh from "./zh-CN.json";

/** t gives the texts of the sign-in of units. */
export const t = messages(zh);
