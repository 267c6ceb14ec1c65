import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import { createApp } from "vue";
import ConsolePage from "./ConsolePage.vue";
import { follow, type Source } from "./console";

const state = follow(new EventSource("/api/events") as unknown as Source);
createApp(ConsolePage, { state }).mount("#app");
