import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import "element-plus/theme-chalk/base.css";
import "@smarthall/ui/element.css";
import "./desk.css";
import { startAppearance, startLanguage } from "@smarthall/ui";
import { createApp, watchEffect } from "vue";
import LoginPage from "./LoginPage.vue";
import { t } from "./text";

startAppearance();
void startLanguage();
watchEffect(() => {
  document.title = t("login.title");
});
createApp(LoginPage).mount("#app");
