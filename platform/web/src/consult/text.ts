import { messages } from "@smarthall/ui";
import zh from "./zh-CN.json";

/** t gives the texts of online consultation. */
export const t = messages(zh);
