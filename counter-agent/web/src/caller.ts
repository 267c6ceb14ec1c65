import { startAppearance, startLanguage } from "@smarthall/ui";
import { createApp } from "vue";
import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import CallerView from "./views/CallerView.vue";

startAppearance();
void startLanguage();
createApp(CallerView).mount("#app");
