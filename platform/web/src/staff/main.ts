import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import "element-plus/theme-chalk/base.css";
import "@smarthall/ui/element.css";
import "./staff.css";
import { createApp } from "vue";
import { makeRouter } from "./router";
import StaffApp from "./StaffApp.vue";
import { applyTheme } from "./theme";

applyTheme();
createApp(StaffApp).use(makeRouter()).mount("#app");
