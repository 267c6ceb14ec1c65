import { messages } from "@smarthall/ui";
import zh from "./zh-CN.json";

export const t = messages(zh);
