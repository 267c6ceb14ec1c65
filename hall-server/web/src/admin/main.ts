import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import "element-plus/theme-chalk/base.css";
import "@smarthall/ui/element.css";
import "../desk.css";
import { startAppearance, startLanguage } from "@smarthall/ui";
import { createApp, watchEffect } from "vue";
import { openBoard } from "../live";
import { t } from "../text";
import AdminPage from "./AdminPage.vue";

startAppearance();
void startLanguage();
watchEffect(() => {
  document.title = t("admin.title");
});
const { live, client } = openBoard();
createApp(AdminPage, { live, client }).mount("#app");
