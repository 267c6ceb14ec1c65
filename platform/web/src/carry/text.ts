import { messages } from "@smarthall/ui";
import zh from "./zh-CN.json";

/** t gives the texts of what crosses to other networks. */
export const t = messages(zh);
