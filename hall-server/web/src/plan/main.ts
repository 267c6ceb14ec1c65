import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import { startAppearance, startLanguage } from "@smarthall/ui";
import { createApp, watchEffect } from "vue";
import { languageAsked } from "./data";
import PlanPage from "./PlanPage.vue";
import { t } from "./text";

startAppearance();
void startLanguage(languageAsked(location.search, navigator.languages));
watchEffect(() => {
  document.title = t("page.title");
});
createApp(PlanPage).mount("#app");
