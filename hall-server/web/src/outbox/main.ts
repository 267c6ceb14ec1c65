import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import "element-plus/theme-chalk/base.css";
import "@smarthall/ui/element.css";
import "../desk.css";
import { startAppearance, startLanguage } from "@smarthall/ui";
import { createApp, watchEffect } from "vue";
import { toLogin } from "../door";
import { t } from "../text";
import OutboxPage from "./OutboxPage.vue";
import { Outbox } from "./outbox";

startAppearance();
void startLanguage();
watchEffect(() => {
  document.title = t("outbox.title");
});
createApp(OutboxPage, { outbox: new Outbox(undefined, toLogin) }).mount("#app");
