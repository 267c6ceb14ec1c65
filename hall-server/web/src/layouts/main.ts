import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import "element-plus/theme-chalk/base.css";
import "@smarthall/ui/element.css";
import "./layouts.css";
import { startAppearance, startLanguage } from "@smarthall/ui";
import { createApp } from "vue";
import { openBoard } from "../live";
import LayoutsPage from "./LayoutsPage.vue";

startAppearance();
void startLanguage();
const { live, client } = openBoard();
createApp(LayoutsPage, { live, client }).mount("#app");
