import { messages } from "@smarthall/ui";
import source from "./zh-CN.json";

/** t gives what technicians read of the machine's devices. */
export const t = messages(source, { en: () => import("./en.json") });
