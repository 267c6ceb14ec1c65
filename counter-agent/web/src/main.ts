import { startAppearance, startLanguage } from "@smarthall/ui";
import { createApp } from "vue";
import App from "./App.vue";
import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import "element-plus/theme-chalk/base.css";
import "@smarthall/ui/element.css";
import "./counter.css";

startAppearance();
void startLanguage();
createApp(App).mount("#app");
