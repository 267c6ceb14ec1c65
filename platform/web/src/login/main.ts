import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import "../page.css";
import { createApp } from "vue";
import LoginPage from "./LoginPage.vue";

createApp(LoginPage).mount("#app");
