import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import { startAppearance, startLanguage } from "@smarthall/ui";
import { createApp } from "vue";
import PlanPage from "./PlanPage.vue";

startAppearance();
void startLanguage();
createApp(PlanPage).mount("#app");
